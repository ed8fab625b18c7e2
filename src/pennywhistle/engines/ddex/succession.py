"""What a message does to the one before it: what it closes, and what it is too late for.

A new message replaces all deals of its release (E6). What it leaves out ends at once, and the
supplier is told, because the standard itself is of two minds about silence (rights.md, R2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.message import NewRelease, Purge
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pennywhistle.engines.ddex.deals import Offers
    from pennywhistle.engines.ddex.message import Release

_KEY_SCHEMES = ("grid", "gtin", "proprietary", "isrc", "catalog-number")


@dataclass(frozen=True, slots=True)
class Sold:
    """A release that is or will be on sale, by all keys that it is known by."""

    keys: frozenset[str]
    territories: Territories


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force: the newest message of one sender about one main release."""

    sender_dpid: str
    message_id: str
    created_at: datetime
    sold: tuple[Sold, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the supplier should hear of. `code` is stable."""

    code: str
    key: str
    territories: Territories
    sentence: str
    cure: str


@dataclass(frozen=True, slots=True)
class Change:
    """The answer: whether the message takes effect, what it closes and opens, whom to tell."""

    takes_effect: bool
    alerts: tuple[Alert, ...] = ()
    closed: Mapping[str, Territories] = field(default_factory=dict)
    opened: Mapping[str, Territories] = field(default_factory=dict)
    standing: Standing | None = None


def keys_of(release: Release) -> tuple[str, ...]:
    """The identifiers by which a release is found again, the best first."""
    ranked = [
        (_KEY_SCHEMES.index(identity.scheme), identity.key)
        for identity in release.identities
        if identity.scheme in _KEY_SCHEMES and identity.text
    ]
    return tuple(dict.fromkeys(key for _, key in sorted(ranked)))


def standing_after(message: NewRelease, offers: Offers, created_at: datetime) -> Standing:
    """What is in force once the message took effect."""
    sold = [
        Sold(frozenset(keys_of(release)), offers.open_territories(release.reference, created_at))
        for release in message.contents.releases
    ]
    return Standing(
        message.envelope.sender_dpid,
        message.envelope.header.message_id,
        created_at,
        tuple(one for one in sold if one.territories),
    )


def follow(before: Standing | None, message: NewRelease, offers: Offers) -> Change:
    """Say what a NewReleaseMessage does to what its sender said of the release before.

    Messages of other senders about the same release do not replace each other: they stand beside
    each other, and clearance decides (E11).
    """
    created_at = message.envelope.header.created_at
    main = message.contents.main
    key = next(iter(keys_of(main)), "") if main else ""
    if created_at is None:
        return _ignored("no-time", key, "The message does not say when it was made.", _RESEND)
    after = standing_after(message, offers, created_at)
    if before is None:
        return Change(takes_effect=True, opened=_by_key(after.sold, ()), standing=after)
    if before.sender_dpid != after.sender_dpid:
        sentence = f"{before.sender_dpid or 'Somebody else'} delivers this release too."
        alert = _alert("second-supplier", key, sentence, "Agree who delivers it from when on.")
        return Change(
            takes_effect=True, alerts=(alert,), opened=_by_key(after.sold, ()), standing=after
        )
    if after.message_id and before.message_id == after.message_id:
        return _ignored("same-message", key, "The message is already in force.", "")
    # Of the same time, an end of sales wins, in whatever order the two arrive.
    if created_at < before.created_at or (created_at == before.created_at and not before.sold):
        return _older(key)
    closed = _by_key(before.sold, after.sold)
    alerts = _omissions(closed, message, offers)
    return Change(
        takes_effect=True,
        alerts=alerts,
        closed=closed,
        opened=_by_key(after.sold, before.sold),
        standing=after,
    )


def follow_purge(before: Standing | None, message: Purge) -> Change:
    """Say what a PurgeReleaseMessage does; only the sender of what is in force may purge it."""
    created_at = message.envelope.header.created_at
    key = next((key for release in message.releases for key in keys_of(release)), "")
    if before is None or created_at is None:
        return _ignored("purge-of-nothing", key, "There is nothing to purge.", "")
    sender = message.envelope.sender_dpid
    if not sender or before.sender_dpid != sender:
        # Not by whom: who delivers what is no news for whoever asks.
        sentence = (
            f"{sender or 'A sender without DPID'} asked to purge what somebody else delivered; "
            "nothing was changed."
        )
        return _ignored("purge-by-other-sender", key, sentence, "Ask who delivered it to do so.")
    if created_at < before.created_at:
        return _older(key)
    after = Standing(sender, message.envelope.header.message_id, created_at, ())
    return Change(takes_effect=True, closed=_by_key(before.sold, ()), standing=after)


Delivery = NewRelease | Purge


def ends_sales(message: Delivery) -> bool:
    """Whether a message leaves nothing that could be sold."""
    return isinstance(message, Purge) or all(deal.closes for deal in message.contents.deals)


def in_order(messages: Iterable[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
    """The messages of a batch by the time they were made, and those to set aside.

    Where a batch ends all sales of a release, updates of the same sender for it are set aside: a
    sale too few can be mended, one too many cannot (faults.md 17).
    """
    given = sorted(messages, key=_created)
    ended = {subject for message in given if ends_sales(message) for subject in _subjects(message)}
    ordered: list[Delivery] = []
    set_aside: list[Delivery] = []
    for message in given:
        superseded = not ends_sales(message) and not ended.isdisjoint(_subjects(message))
        (set_aside if superseded else ordered).append(message)
    return ordered, set_aside


# --- parts -------------------------------------------------------------------------------

_RESEND = "Send the message again, with a new MessageId and the present time."


def _created(message: Delivery) -> float:
    created_at = message.envelope.header.created_at
    return created_at.timestamp() if created_at else 0.0


def _subjects(message: Delivery) -> set[tuple[str, str]]:
    if isinstance(message, Purge):
        releases = message.releases
    else:
        releases = tuple(release for release in message.contents.releases if release.is_main)
    sender = message.envelope.sender_dpid
    return {(sender, key) for release in releases for key in keys_of(release)}


def _alert(code: str, key: str, sentence: str, cure: str) -> Alert:
    return Alert(code, key, Territories.none(), sentence, cure)


def _ignored(code: str, key: str, sentence: str, cure: str) -> Change:
    return Change(takes_effect=False, alerts=(_alert(code, key, sentence, cure),))


def _older(key: str) -> Change:
    sentence = "A newer message about this release is already in force; nothing was changed."
    return _ignored("older-message", key, sentence, _RESEND)


def _by_key(these: Sequence[Sold], without: Sequence[Sold]) -> dict[str, Territories]:
    """Territories of `these` that the same releases in `without` do not have, by best key."""
    others: dict[str, Territories] = {}
    for sold in without:
        for key in sold.keys:
            others[key] = others.get(key, Territories.none()) | sold.territories
    found: dict[str, Territories] = {}
    for sold in these:
        rest = sold.territories
        for key in sold.keys:
            rest -= others.get(key, Territories.none())
        if rest:
            best = _best(sold.keys)
            found[best] = found.get(best, Territories.none()) | rest
    return found


def _best(keys: frozenset[str]) -> str:
    return min(keys, key=lambda key: (_rank(key), key), default="")


def _rank(key: str) -> int:
    scheme = key.partition(":")[0]
    return _KEY_SCHEMES.index(scheme) if scheme in _KEY_SCHEMES else len(_KEY_SCHEMES)


def _omissions(
    closed: Mapping[str, Territories], message: NewRelease, offers: Offers
) -> tuple[Alert, ...]:
    """What was closed without a word: neither an ended deal nor a take-down names it."""
    named: dict[str, Territories] = {}
    for release in message.contents.releases:
        for key in keys_of(release):
            named[key] = offers.named.get(release.reference, Territories.none())
    alerts = []
    for key, territories in closed.items():
        silent = territories - named.get(key, Territories.none())
        if silent:
            sentence = f"The new message leaves out {silent.describe()}; sales there have stopped."
            cure = "If that is meant, send a deal with an end date; if not, add the territories."
            alerts.append(Alert("omitted-territory", key, silent, sentence, cure))
    return tuple(alerts)
