"""Pennywhistle: a record store that proves that everyone who made the music was paid."""
