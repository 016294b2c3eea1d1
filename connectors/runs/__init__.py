"""Links for many people at once, whatever CRM lists them: a job that goes on where it stopped."""
