"""Marketing Cloud: a journey asks for a contact's link, and mails carry links signed as they are sent."""
