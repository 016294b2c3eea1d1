"""The page a recipient opens, its public twin, and the pages that explain what went wrong."""
