"""What the page tells us: engagement beacons and consent."""
