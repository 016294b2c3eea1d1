"""One folder per CRM: everything that CRM needs, and nothing another one does."""
