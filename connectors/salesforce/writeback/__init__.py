"""What happened, on the record: one row a visit, campaign member status forward only."""
