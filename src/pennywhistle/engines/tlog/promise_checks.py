"""Checking a promise: what it says, whether it is due, and whether the log has kept it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog import receipt_checks
from pennywhistle.engines.tlog.checks import Check
from pennywhistle.engines.tlog.delegation import open_delegated
from pennywhistle.engines.tlog.note import (
    NoteForgedError,
    NoteInvalidError,
    NoteUnsignedError,
)
from pennywhistle.engines.tlog.promise import Promise, parse_promise
from pennywhistle.engines.tlog.verify import Till, till_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.tlog.note import Verifier

# Who promises for the year 3000 promises nothing.
promise_span_us_max = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a look into the log found: where the leaf stands (None: nowhere), of how many."""

    index: int | None
    size: int


@dataclass(frozen=True, slots=True)
class PromiseVerdict:
    """What a promise is worth now."""

    checks: tuple[Check, ...]
    till: Till
    promise: Promise

    @property
    def passed(self) -> bool:
        """True where nothing that could be checked is wrong."""
        return all(check.passed is not False for check in self.checks)


def verify_promise(
    data: bytes, *, keys: Sequence[Verifier], now_us: int, found: LookedUp | None = None
) -> PromiseVerdict:
    """Check a promise against the store's keys, at a time (µs since 1970); asks nobody.

    `found` is what the log holds of it, where somebody looked (`look.find_leaf`).

    Raises:
        ReceiptInvalidError: the bytes are not a promise.
    """
    promise = parse_promise(data)
    signature = _signature(promise, keys)
    checks = (
        signature,
        receipt_checks.lines_match(promise),
        receipt_checks.sums_to_zero(promise),
        receipt_checks.price_paid(promise),
        receipt_checks.dated(promise, now_us),
        _is_soon(promise),
        _kept(promise, is_signed=bool(signature.passed), now_us=now_us, found=found),
        receipt_checks.whose(promise.buyer),
    )
    return PromiseVerdict(checks, till_of(promise), promise)


def _signature(promise: Promise, keys: Sequence[Verifier]) -> Check:
    code, title, origin = "signature", "The store signed for it", promise.origin
    try:
        opened = open_delegated(promise.note, keys=keys)
    except NoteForgedError:
        sentence = f"The signature of {origin} is wrong: this was altered, or never signed."
    except NoteUnsignedError:
        sentence = f"It does not carry a signature of {origin} that matches the keys given."
    except NoteInvalidError as error:
        sentence = f"What was signed cannot be read: {error}"
    else:
        if origin not in {key.name for key in opened.delegation.signed_by}:
            sentence = f"None of the keys given is one of {origin}."
        elif promise.by_us > opened.delegation.until_us:
            sentence = "The key at the store's till was not allowed to sign for so long."
        else:
            sentence = f"{origin} signed that this sale will be in its log."
            return Check(code, title, passed=True, sentence=sentence)
    return Check(code, title, passed=False, sentence=sentence)


def _is_soon(promise: Promise) -> Check:
    code, title = "promised-soon", "The promise has a date"
    sold_us = max(line.occurred_at_us for line in promise.lines)
    if promise.by_us > sold_us + promise_span_us_max:
        sentence = f"It promises nothing before {when(promise.by_us)}, long after the sale."
        return Check(code, title, passed=False, sentence=sentence)
    sentence = f"The sale is to be in the log by {when(promise.by_us)}."
    return Check(code, title, passed=True, sentence=sentence)


def _kept(promise: Promise, *, is_signed: bool, now_us: int, found: LookedUp | None) -> Check:
    """Kept, still pending, or broken: after its time a promise that nothing shows kept fails."""
    code, title = "promise-kept", "The sale is in the log"
    by = when(promise.by_us)
    if not is_signed:
        sentence = "Not checked, because nobody who is known signed the promise."
        return Check(code, title, None, sentence)
    if found is not None and found.index is not None:
        sentence = f"The promised sale is entry {found.index} of {found.size} in the log."
        if now_us > promise.by_us:
            sentence += f" Whether it was there by {by} cannot be seen from this."
        return Check(code, title, passed=True, sentence=sentence)
    if now_us <= promise.by_us:
        sentence = f"Pending: it is to be there by {by}. Fetch the receipt after that."
        return Check(code, title, None, sentence)
    if found is None:
        sentence = (
            f"It was due at {by}, and nothing given here shows it. Fetch the receipt and check both"
            " together, or look with --log at the store's address: if the log does not hold it, the"
            " store broke its word."
        )
        return Check(code, title, passed=False, sentence=sentence)
    sentence = (
        f"Broken: the store signed that this sale would be in its log by {by}. None of the"
        f" {found.size} entries is it. This file, and the log's signed head of now, are evidence."
    )
    return Check(code, title, passed=False, sentence=sentence)


def when(instant_us: int) -> str:
    """An instant for people; what no calendar reaches is told as it stands."""
    try:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
    except OverflowError:
        return f"{instant_us} µs"
    return f"{instant:%Y-%m-%d %H:%M} UTC"
