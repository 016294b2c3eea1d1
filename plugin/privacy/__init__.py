"""What a person allowed: consent receipts, the tracking regime, Global Privacy Control, suppression."""
