"""Connected CRM accounts on screen, for admins: connect, set up, check, send links to a list, look after, take away."""
