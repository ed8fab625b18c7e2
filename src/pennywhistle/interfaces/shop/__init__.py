"""The shop: pages for everybody."""
