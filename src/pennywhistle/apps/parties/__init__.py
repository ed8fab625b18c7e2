"""Everyone who makes, owns, supplies or sells music, as persons and organizations."""
