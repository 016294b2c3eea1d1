"""What came of it in the org: opportunities of people who got links; who wants no mail, was deleted or merged."""
