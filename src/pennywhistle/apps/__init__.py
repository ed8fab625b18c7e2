"""What the store knows and does."""
