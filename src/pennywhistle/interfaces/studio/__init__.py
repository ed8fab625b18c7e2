"""The studio: pages for suppliers and payees."""
