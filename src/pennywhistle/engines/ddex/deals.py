"""What a message permits: the sales that its deals authorize, and what is refused, and why.

A deal authorizes the sale of downloads where it says PayAsYouGoModel and PermanentDownload, for
territories and periods that can be read, under conditions that this store meets (E1 to E5, E8).
It fails closed: whatever the terms say that this engine does not understand refuses the deal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.conditions import unmet_condition
from pennywhistle.engines.ddex.grants import Refusal, SaleGrant, without_overlaps
from pennywhistle.engines.ddex.moments import Span
from pennywhistle.engines.ddex.refusals import wrong_period, wrong_price, wrong_territories
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pennywhistle.engines.ddex.message import NewRelease
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.terms import Deal

SALE_MODEL = "PayAsYouGoModel"
SALE_USE = "PermanentDownload"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the contract with the supplier settles where the standard leaves it open.

    `own_keys` are the store's own identifiers (as `Identity.key`: "dpid:PADPIDA..."), by which it
    knows itself among the channels of a deal; without any, the recipients of the message.
    """

    own_keys: frozenset[str] = frozenset()
    accepts_missing_start: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that a message permits, by reference of the release within the message.

    `named` holds the territories that any deal for a download names, also to end the sale there:
    what is not in it was left out (see the module succession). `taken_down` holds where ERN 3's
    flags end the sale; no grant reaches there.
    """

    grants: Mapping[str, tuple[SaleGrant, ...]]
    named: Mapping[str, Territories]
    taken_down: Mapping[str, Territories]
    refusals: tuple[Refusal, ...]
    other_deals_count: int
    """Deals for other uses: streams, subscriptions, carriers. They authorize no sale (E1)."""

    def open_territories(self, release: str, instant: datetime) -> Territories:
        """Where the release is or will be on sale, seen from `instant`."""
        open_ones = Territories.none()
        for grant in self.grants.get(release, ()):
            if not all(span.has_ended_everywhere(instant) for span in grant.spans):
                open_ones |= grant.territories
        return open_ones


# Deals times the releases that each is for: 747 deals for 250 tracks fit.
_PAIRS_MAX = 200_000
_TOO_MANY = Refusal(
    (),
    "/NewReleaseMessage/DealList",
    0,
    "too-many-terms",
    "E8",
    "",
    f"The message has more than {_PAIRS_MAX} pairs of a deal and a release; none is used.",
    "Put territories with the same price and period into one deal.",
)


def offers_of(message: NewRelease, policy: Policy | None = None) -> Offers:
    """Say what the deals of a message permit. Never raises."""
    if sum(len(deal.releases) for deal in message.contents.deals) > _PAIRS_MAX:
        return Offers({}, {}, {}, (_TOO_MANY,), 0)
    used = _own(message, policy or Policy())
    grants: dict[str, dict[tuple[object, ...], SaleGrant]] = {}
    named: dict[str, Territories] = {}
    taken_down: dict[str, Territories] = {}
    refusals: list[Refusal] = []
    other_deals_count = 0
    for deal in message.contents.deals:
        if deal.closes:
            closed = _closed_territories(deal)
            _add(taken_down, deal, closed)
            _add(named, deal, closed)
        elif not is_for_sale(deal):
            other_deals_count += 1
        else:
            _add(named, deal, deal.where.territories or Territories.none())
            refusal = _refusal(message, deal, used)
            if refusal is not None:
                refusals.append(refusal)
                continue
            for grant in _grants(deal):
                _merge(grants.setdefault(grant.release, {}), grant)
    offered, overlapping = without_overlaps(_outside(taken_down, grants))
    return Offers(
        offered,
        named,
        taken_down,
        (*refusals, *overlapping),
        other_deals_count,
    )


def is_for_sale(deal: Deal) -> bool:
    """Whether the deal is about selling downloads (E1); not whether it may be relied on."""
    return any(word.value == SALE_MODEL for word in deal.models) and any(
        word.value == SALE_USE for word in deal.uses
    )


def _own(message: NewRelease, policy: Policy) -> Policy:
    if policy.own_keys:
        return policy
    recipients = frozenset(f"dpid:{dpid}" for dpid in message.envelope.recipient_dpids)
    return replace(policy, own_keys=recipients)


def _closed_territories(deal: Deal) -> Territories:
    """A take-down without territories, or with one that is unknown, is one everywhere."""
    if deal.where.territories is None or not (deal.where.included or deal.where.excluded):
        return Territories.worldwide()
    return deal.where.territories


def _add(found: dict[str, Territories], deal: Deal, territories: Territories) -> None:
    for release in deal.releases:
        found[release] = found.get(release, Territories.none()) | territories


def _outside(
    taken_down: Mapping[str, Territories], grants: Mapping[str, dict[tuple[object, ...], SaleGrant]]
) -> dict[str, tuple[SaleGrant, ...]]:
    """The grants without the territories where the same message takes the release down."""
    found: dict[str, tuple[SaleGrant, ...]] = {}
    for release, merged in grants.items():
        down = taken_down.get(release, Territories.none())
        kept = tuple(
            replace(grant, territories=grant.territories - down) if down else grant
            for grant in merged.values()
            if grant.territories - down
        )
        if kept:
            found[release] = kept
    return found


def _grants(deal: Deal) -> Iterator[SaleGrant]:
    territories = deal.where.territories
    assert territories is not None, "a deal of unknown territories is refused"
    spans = tuple(_from(span, deal.effective) for span in _spans(deal))
    for release in dict.fromkeys(deal.releases):
        yield SaleGrant(
            release,
            territories,
            spans,
            tuple(price for price in deal.prices if price.kind != "none"),
            deal.is_marked("is-pre-order-deal"),
            deal.incentives,
            (deal.path,),
            deal.line,
        )


def _merge(found: dict[tuple[object, ...], SaleGrant], grant: SaleGrant) -> None:
    terms = (grant.spans, grant.prices, grant.is_pre_order, grant.incentives)
    known = found.get(terms)
    if known is not None:
        grant = replace(
            known,
            territories=known.territories | grant.territories,
            deals=known.deals + grant.deals,
        )
    found[terms] = grant


def _spans(deal: Deal) -> tuple[Span, ...]:
    return deal.spans or (Span(None, None),)


def _from(span: Span, effective: Moment | None) -> Span:
    """ERN 3's EffectiveDate holds the whole deal back."""
    if effective is None:
        return span
    later, starts = effective.starts_at(UTC), span.starts and span.starts.starts_at(UTC)
    return span if later is None or (starts and starts >= later) else Span(effective, span.ends)


def _refusal(message: NewRelease, deal: Deal, policy: Policy) -> Refusal | None:
    version = message.envelope.version
    is_start_needed = version.start_is_mandatory or not policy.accepts_missing_start
    why = (
        wrong_territories(deal)
        or wrong_period(deal, is_start_needed=is_start_needed)
        or wrong_price(deal)
        or unmet_condition(deal, message.envelope.parties, policy.own_keys)
    )
    return None if why is None else Refusal(deal.releases, deal.path, deal.line, *why)
