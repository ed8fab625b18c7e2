"""Paying out: bank details, what is due when, two people, the bank, and what comes back."""
