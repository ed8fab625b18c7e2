"""What the program stands on: machines and their parts, no domain."""
