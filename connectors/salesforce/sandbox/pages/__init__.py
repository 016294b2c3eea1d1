"""Pages for a person: the org as its admin and a rep would see it, and the sandbox's own switches."""
