"""Who runs this server: members and the CRM accounts it is connected to."""
