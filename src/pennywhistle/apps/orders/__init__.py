"""Cart, checkout, orders and entitlements."""
