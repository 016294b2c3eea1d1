"""Playlists, the virtual MP4, captions, posters, clip bytes: what a player fetches."""
