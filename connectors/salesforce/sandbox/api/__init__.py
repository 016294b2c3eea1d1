"""`/services/data/…`: one module for each room of the REST API."""
