"""Files for those who own them."""
