"""What an org asks of us: verified, then parsed, then answered."""
