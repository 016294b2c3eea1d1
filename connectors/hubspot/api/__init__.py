"""HubSpot's HTTP API as we speak it: dated paths, one transport, errors by their meaning."""
