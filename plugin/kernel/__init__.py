"""What every room stands on: settings, the database, time, identifiers, sealing, the product's words for failure."""
