"""Mollie: cards, iDEAL, Bancontact and more, on its hosted page, by its own Python client."""
