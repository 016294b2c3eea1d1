"""A person's own link: token, keys, issue, resolve, revoke."""
