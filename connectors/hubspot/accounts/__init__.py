"""One connected portal: its token, what it allows, what we made in it."""
