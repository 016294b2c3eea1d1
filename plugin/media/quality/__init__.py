"""Whether a clip is good enough to be seen: looked at by machine at every ingest, before any recipient is."""
