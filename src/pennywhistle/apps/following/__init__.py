"""Following artists and labels: a mail and a personal feed of what they newly release."""
