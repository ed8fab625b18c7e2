"""The answer of clearance: allowed or refused, with reasons, price, floor, split and chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a stable code, a sentence, the document that is missing, who has it, the cure."""

    code: str
    sentence: str
    missing: str
    who: str
    cure: str


@dataclass(frozen=True, slots=True)
class Part:
    """One account's exact part of the price. Parts of an allowed verdict sum to one."""

    account: int
    party_id: int | None
    name: str
    role: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain of authority: who lets whom do what, by which grant."""

    grant_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, shown to buyer and supplier as it is, kept with every sale line.

    `document` is all that was decided on and all that was decided, as plain JSON values;
    `digest` is its SHA-256 over the canonical form (sorted keys, no spaces, UTF-8).
    """

    allowed: bool
    reasons: tuple[Reason, ...]
    price: Money | None
    floor: Money | None
    parts: tuple[Part, ...]
    chain: tuple[Link, ...]
    relied_on: tuple[int, ...]
    document: dict[str, Any]
    digest: bytes
