"""Much owed to an org at once: engagement rows by Bulk 2.0 instead of two hundred a call, each once."""
