"""What a Salesforce org calls: machines, not people."""
