"""Finding music: search and lists."""
