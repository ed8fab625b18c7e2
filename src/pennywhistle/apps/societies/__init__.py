"""Societies: whom they act for, what the store's sales brought them, and how they pass it on."""
