"""Clips and what one open makes of them: ingest, store, playlist, virtual MP4, captions, thumbnail, disclosure."""
