"""How much of a message this engine is willing to look at; the store's settings fill these in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds, all checked before or while a tree is made.

    The largest real messages that were seen have 0.75 MB, 20,000 elements and a depth of 12.
    """

    bytes_max: int = 16 * 1024 * 1024
    elements_max: int = 250_000
    attributes_max: int = 250_000
    depth_max: int = 64
    findings_max_per_code: int = 100
    not_kept_max: int = 1_000
    value_length_max: int = 200


USUAL_LIMITS = Limits()
