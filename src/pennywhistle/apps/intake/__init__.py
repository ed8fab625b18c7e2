"""From a supplier's folder to the catalog."""
