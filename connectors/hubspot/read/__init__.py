"""One contact as it is now: with their primary company and deal, and whether mail reaches them and is wanted."""
