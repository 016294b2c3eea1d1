"""Campaigns and their storyboards: scenes, rules, overlays, calls to action; checked, then published."""
