"""One connected org: how it lets us in, what it allows, what its admin chose."""
