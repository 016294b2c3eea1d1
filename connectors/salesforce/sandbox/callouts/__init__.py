"""What the org sends to us: the Apex action's callouts, and a journey's activity."""
