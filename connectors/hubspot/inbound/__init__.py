"""What HubSpot sends to us: known as HubSpot's, taken apart, answered. Its routes are in `web/hubspot`."""
