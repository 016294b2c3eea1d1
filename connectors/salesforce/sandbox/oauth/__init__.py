"""Signing in: the apps an org knows, the consent page, tokens and their ends."""
