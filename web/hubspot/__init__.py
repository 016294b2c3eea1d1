"""What HubSpot calls: workflow action, webhooks, card, settings page; and the way to its consent page."""
