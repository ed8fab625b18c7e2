"""What licensors granted, and the clearance of every sale."""
