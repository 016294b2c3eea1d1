"""A freely usable face, turned and lit in every way a test needs, and films made of it for a browser's fake camera."""
