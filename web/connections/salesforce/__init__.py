"""A Salesforce org on screen: signing in, what its user may see, what is told to it, what a record would show."""
