"""Every fault a clip can have, planted and found; and nothing found where nothing is wrong."""
