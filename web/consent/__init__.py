"""To a CRM's consent page and back, whichever CRM it is."""
