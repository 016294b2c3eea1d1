"""Salesforce: the Python adapter, the package an admin deploys (`package`), a faithful double (`sandbox`)."""
