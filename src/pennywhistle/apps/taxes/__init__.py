"""What share of a price is tax, where and when."""
