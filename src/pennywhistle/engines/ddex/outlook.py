"""What would come of a message: published, sold, stopped; for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.engines.ddex.check import check, items_of
from pennywhistle.engines.ddex.deals import Offers, Policy, offers_of
from pennywhistle.engines.ddex.findings import Finding, Severity
from pennywhistle.engines.ddex.limits import USUAL_LIMITS
from pennywhistle.engines.ddex.message import Manifest, NewRelease, Purge

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.grants import SaleGrant
    from pennywhistle.engines.ddex.limits import Limits
    from pennywhistle.engines.ddex.message import Message, NotKept, Release

_KINDS = {NewRelease: "new-release", Purge: "purge", Manifest: "manifest"}


@dataclass(frozen=True, slots=True)
class Published:
    """A release that would stand on the shelves; `items` counts what is on it."""

    reference: str
    title: str
    artist: str
    identifiers: tuple[str, ...]
    items: int


@dataclass(frozen=True, slots=True)
class Sale:
    """What would be sold: a release or a track, where, from when to when, at which price."""

    release: str
    title: str
    where: str
    periods: tuple[str, ...]
    prices: tuple[str, ...]
    is_pre_order: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """What would not be sold (any more): a release or a track, where, and the reason's code."""

    release: str
    title: str
    where: str
    code: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that `pennywhistle ern check` says about one message."""

    kind: str
    version: str
    message_id: str
    sender: str
    created: str
    is_test: bool
    is_usable: bool
    published: tuple[Published, ...]
    sold: tuple[Sale, ...]
    stopped: tuple[Stopped, ...]
    findings: tuple[Finding, ...]
    not_kept: tuple[NotKept, ...]
    not_kept_count: int

    def as_json(self) -> dict[str, Any]:
        """The same in plain values, for json.dumps; severities by their names in small letters."""
        plain = {name: _plain(getattr(self, name)) for name in self.__slots__}
        for finding, original in zip(plain["findings"], self.findings, strict=True):
            finding["severity"] = original.severity.name.lower()
        return plain


def outlook_of(
    message: Message, policy: Policy | None = None, limits: Limits = USUAL_LIMITS
) -> Outlook:
    """Say what would come of a message, if nothing were known of those before. Never raises."""
    envelope = message.envelope
    offers = offers_of(message, policy) if isinstance(message, NewRelease) else None
    findings = check(message, offers, limits)
    is_usable = all(finding.severity < Severity.ERROR for finding in findings)
    published: tuple[Published, ...] = ()
    sold: tuple[Sale, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    if isinstance(message, NewRelease) and offers is not None and is_usable:
        published = tuple(_published(one) for one in message.contents.releases if one.is_main)
        sold = _sold(message, offers)
        stopped = _stopped(message, offers)
    elif isinstance(message, Purge) and is_usable:
        stopped = tuple(
            Stopped(_identifiers(one)[0], _title(one), "Worldwide", "purge")
            for one in message.releases
        )
    return Outlook(
        _KINDS[type(message)],
        envelope.version.name,
        envelope.header.message_id,
        envelope.sender_dpid,
        envelope.header.created.raw,
        envelope.header.is_test,
        is_usable,
        published,
        sold,
        stopped,
        findings,
        envelope.not_kept,
        envelope.not_kept_count,
    )


def _published(release: Release) -> Published:
    resources = {item.resource for item in (*release.resources, *items_of(release.groups))}
    artist = release.artist_names[0].value if release.artist_names else ""
    return Published(
        release.reference, _title(release), artist, _identifiers(release), len(resources - {""})
    )


def _title(release: Release) -> str:
    return next((title.text for title in release.titles if title.text), "")


def _identifiers(release: Release) -> tuple[str, ...]:
    return tuple(identity.key for identity in release.identities if identity.text) or ("",)


def _sold(message: NewRelease, offers: Offers) -> tuple[Sale, ...]:
    return tuple(
        _sale(release, grant)
        for release in message.contents.releases
        for grant in offers.grants.get(release.reference, ())
    )


def _sale(release: Release, grant: SaleGrant) -> Sale:
    periods = tuple(
        f"{span.starts.raw if span.starts else ''}/{span.ends.raw if span.ends else ''}"
        for span in grant.spans
    )
    prices = tuple(f"{price.kind} {price.text} {price.currency}".strip() for price in grant.prices)
    where = grant.territories.describe()
    return Sale(release.reference, _title(release), where, periods, prices, grant.is_pre_order)


def _stopped(message: NewRelease, offers: Offers) -> tuple[Stopped, ...]:
    """Take-downs, refused deals, and what no deal sells."""
    found: list[Stopped] = []
    titles = {release.reference: _title(release) for release in message.contents.releases}
    for reference, territories in offers.taken_down.items():
        where = territories.describe()
        found.append(Stopped(reference, titles.get(reference, ""), where, "take-down"))
    for refusal in offers.refusals:
        found.extend(
            Stopped(reference, titles.get(reference, ""), refusal.value, refusal.code)
            for reference in refusal.releases
        )
    silent = [one for one in titles if one not in offers.grants and one not in offers.taken_down]
    found.extend(Stopped(reference, titles[reference], "", "no-deal") for reference in silent)
    return tuple(found)


def _plain(value: Any) -> Any:  # noqa: ANN401 (any part of an outlook)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__slots__") and not isinstance(value, str | int):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value
