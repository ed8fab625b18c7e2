"""How many examples a law is tried with: some share of what plain runs and drills give to each."""

from __future__ import annotations

from hypothesis import settings


def as_many(share: float, **more: int | None) -> settings:
    """So many times the usual number of examples: `conftest.py` says it, and `make drill` more."""
    return settings(max_examples=round(share * settings.default.max_examples), **more)
