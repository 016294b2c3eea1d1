"""What people did: events, watch time, person or scanner, and what of it the CRM is told."""
