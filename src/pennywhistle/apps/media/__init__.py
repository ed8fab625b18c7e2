"""Masters as delivered, and the renditions made from them."""
