"""A campaign worth clicking: an invented night-train club, its clips, its storyboard and its people."""
