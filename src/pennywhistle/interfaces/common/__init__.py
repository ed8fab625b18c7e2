"""What every interface shares: layout, components, territory, formats."""
