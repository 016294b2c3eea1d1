"""A small real CRM in the same database: contacts one can edit and a timeline like a rep's."""
