"""The people links are made for: recipient ↔ CRM record, the live profile and its age."""
