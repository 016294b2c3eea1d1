"""Salesforce's REST API as we speak it: one version, one session, errors by their meaning."""
