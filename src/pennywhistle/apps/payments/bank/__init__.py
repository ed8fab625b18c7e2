"""Money by bank transfer: announced with a reference, found on statements, credited as it came."""
