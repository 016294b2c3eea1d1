"""One open: profile + rules → plan, with its reasons."""
