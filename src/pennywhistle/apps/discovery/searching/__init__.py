"""The search index of the store: what it is made of, how it follows the database, where it is."""
