"""A HubSpot account on screen: what it allows, what is made in it, what it would show, and taking it away."""
