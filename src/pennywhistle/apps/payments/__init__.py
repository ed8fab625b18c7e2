"""Money in and out through providers; the port that every provider fills."""
