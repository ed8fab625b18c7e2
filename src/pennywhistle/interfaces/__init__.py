"""Ways in: pages, commands, hooks and the clock."""
