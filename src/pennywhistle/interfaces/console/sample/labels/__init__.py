"""The three labels and what they have out."""
