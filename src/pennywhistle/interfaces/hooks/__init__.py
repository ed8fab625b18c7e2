"""Webhooks: what providers tell."""
