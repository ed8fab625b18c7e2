"""Release messages (DDEX ERN): taking them in, and what they do to catalog, rights and shelves."""
