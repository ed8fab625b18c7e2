"""Prices by size: what a recording costs by how large it is in one form that everybody knows.

Buyers may fetch any form for ever, so that the form they fetch first says nothing of what they get.
What counts is the size as an MP3 of 320 kbit/s, whatever is fetched: anybody can work it out from
the length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

# 320,000 bits a second.
NOMINAL_BYTES_PER_MS = 40
_BYTES_PER_MEGABYTE = 1_000_000


def price_by_size(rate: Money, durations_ms: Iterable[int]) -> Money:
    """What recordings cost together at `rate` for a megabyte: up to a coin, never nothing."""
    coin = micro_per_minor_unit(rate.currency)
    size_bytes = NOMINAL_BYTES_PER_MS * sum(durations_ms)
    exact_micro = -(-rate.micro * size_bytes // _BYTES_PER_MEGABYTE)
    return Money(max(coin, -(-exact_micro // coin) * coin), rate.currency)
