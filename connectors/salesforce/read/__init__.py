"""One person's record as it is now."""
