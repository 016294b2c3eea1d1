"""Pages for a person who tries the whole install: an account, its contacts and apps, consent, logs, trouble."""
