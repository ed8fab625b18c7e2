"""Claims on works and recordings that contradict each other, and the money that waits for them."""
