"""How many examples a law is tried with: a share of what plain runs and `make laws` give each."""

from __future__ import annotations

from hypothesis import settings


def as_many(share: float, **more: int | None) -> settings:
    """So many times the usual number of examples: `conftest.py` says it, and `make laws` more."""
    return settings(max_examples=round(share * settings.default.max_examples), **more)
