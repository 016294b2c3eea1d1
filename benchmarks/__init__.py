"""Every figure we claim, measured with its peer in the same run: `make bench`."""
