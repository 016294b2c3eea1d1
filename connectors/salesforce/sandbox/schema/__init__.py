"""What objects and fields an org has, as its describe tells them."""
