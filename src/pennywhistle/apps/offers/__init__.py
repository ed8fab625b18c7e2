"""What makes a price lower for one buyer: codes, and bundles of releases."""
