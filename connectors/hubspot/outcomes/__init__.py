"""What came of it in the CRM: deals of the people who got links, and who wants no more mail."""
