"""Commands of Django that the store does in a way of its own."""
