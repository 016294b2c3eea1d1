"""The product itself, free of HTTP and of any CRM; what an admin installs is in `connectors/<crm>/package`."""
