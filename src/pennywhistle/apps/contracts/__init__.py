"""Contracts behind a payee: what a label owes its artists and producers of what it earns here."""
