"""The verdict on a receipt or a statement: single checks, each with a sentence for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checkpoint import (
    Checkpoint,
    CheckpointInvalidError,
    open_checkpoint,
)
from pennywhistle.engines.tlog.merkle import ProofInvalidError, verify_inclusion
from pennywhistle.engines.tlog.note import NoteForgedError, NoteInvalidError, NoteUnsignedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.policy import Policy

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `passed` is None where it cannot be checked yet.

    `code` is stable; `title` says what is asked, `sentence` what was found.
    """

    code: str
    title: str
    passed: bool | None
    sentence: str


def amount_text(amount_micro: int, currency: str) -> str:
    """Write an amount in full, with two decimals at least: 0.70 EUR, 0.000001 EUR."""
    whole, parts = divmod(abs(amount_micro), _MICRO)
    decimals = f"{parts:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount_micro < 0 else ''}{whole}.{decimals} {currency}"


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the leaf hash stands at `index` of the tree with that size and root."""
    try:
        verify_inclusion(leaf=leaf, index=index, size=size, path=path, root=root)
    except ProofInvalidError:
        return False
    return True


def check_signature(
    note: bytes, *, keys: Sequence[Verifier], origin: str
) -> tuple[Check, Checkpoint | None]:
    """Check that the store's log key signed the head; hand on the head only if it did."""
    code, title = "signature", "The store signed for it"
    try:
        head = open_checkpoint(note, keys=keys, origin=origin)
    except NoteForgedError:
        sentence = f"The signature of {origin} is wrong: this was altered, or never signed."
    except NoteUnsignedError:
        sentence = f"It does not carry a signature of {origin} that matches the keys given."
    except (NoteInvalidError, CheckpointInvalidError) as error:
        sentence = f"The signed head of the log cannot be read: {error}"
    else:
        sentence = f"{origin} signed the state of its log with {head.size} entries."
        return Check(code, title, passed=True, sentence=sentence), head
    return Check(code, title, passed=False, sentence=sentence), None


def check_witnessed(note: bytes, *, policy: Policy, may_wait: bool = False) -> Check:
    """Check that as many witnesses as the policy wants saw this head.

    Open where it asks nobody, and of a head so young that witnesses may still sign it.
    """
    code, title = "witnessed", "Others watch that the log only grows"
    count = len(policy.witnesses)
    if not count:
        sentence = "No witness watches this log: its store alone says that there is only one."
        return Check(code, title, None, sentence)
    signed = policy.witnessed_by(note)
    who = f" ({', '.join(signed)})" if signed else ""
    sentence = f"Witnessed by {len(signed)} of {count}{who}"
    if policy.asks_nobody:
        return Check(code, title, True if signed else None, f"{sentence}; none is required.")
    if policy.is_met_by(signed):
        return Check(code, title, passed=True, sentence=f"{sentence}; {policy.least} are required.")
    if may_wait:
        sentence = f"{sentence} so far. Fetch the receipt again after the next page."
        return Check(code, title, None, sentence)
    sentence = f"{sentence}, which is less than the policy wants: {policy.least} at least."
    return Check(code, title, passed=False, sentence=sentence)
