"""HubSpot: the Python adapter, the developer project an admin uploads (`package`), a faithful double (`sandbox`)."""
