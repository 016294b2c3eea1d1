"""Whether a person faces the screen while the video plays, second by second: only with a live yes, and for 30 days."""
