"""What a payee earned, from the pages of the log."""
