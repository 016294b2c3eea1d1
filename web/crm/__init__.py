"""The embedded CRM on screen: contacts one can edit, the timeline a rep reads."""
