"""The dates in HubSpot's API paths; each version is supported for 18 months from its date."""

API = "2026-09"
MEDIA_BRIDGE = "2026-03"
"""Media events haven't moved to a later date."""
TIMELINE = "2026-03"
"""App events haven't either."""
