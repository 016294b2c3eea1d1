"""What happened, on the contact: properties and a note always, and one timeline form beside them; each message once."""
