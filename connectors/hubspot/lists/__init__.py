"""Links for the members of a HubSpot list: a job that goes on where it stopped."""
