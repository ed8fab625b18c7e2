"""Ways in by the command line."""
