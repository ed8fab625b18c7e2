"""The facts of clearance as they stand in the database, read in one query."""
