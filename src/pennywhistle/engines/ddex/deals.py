"""What a message permits: the sales that its deals authorize, and what is refused, and why.

A deal authorizes the sale of downloads where it says PayAsYouGoModel and PermanentDownload, for
territories and periods that can be read, under conditions that this store meets (E1 to E5, E8).
It fails closed: whatever the terms say that this engine does not understand refuses the deal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.conditions import unmet_condition
from pennywhistle.engines.ddex.grants import Refusal, SaleGrant, without_overlaps
from pennywhistle.engines.ddex.moments import Span, later
from pennywhistle.engines.ddex.refusals import wrong_period, wrong_price, wrong_territories
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.engines.ddex.message import NewRelease
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.terms import Deal, Incentive, Price

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
    gathered: dict[tuple[_Releases, _Terms], _Gathered] = {}
    named: dict[_Releases, Territories] = {}
    taken_down: dict[_Releases, Territories] = {}
    refusals: list[Refusal] = []
    other_deals_count = 0
    for place, deal in enumerate(message.contents.deals):
        if deal.closes:
            closed = _closed_territories(deal)
            _add(taken_down, deal.releases, closed)
            _add(named, deal.releases, closed)
        elif not is_for_sale(deal):
            other_deals_count += 1
        else:
            _add(named, deal.releases, deal.where.territories or Territories.none())
            refusal = _refusal(message, deal, used)
            if refusal is None:
                _gather(gathered, place, deal)
            else:
                refusals.append(refusal)
    down = _by_release(taken_down)
    offered, overlapping = without_overlaps(_outside(down, _granted(gathered)))
    return Offers(offered, _by_release(named), down, (*refusals, *overlapping), other_deals_count)


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
    """Everywhere that a take-down could mean; without territories, or in doubt, everywhere.

    The doubts of a grant turn round: an inclusion takes the most that a number of TIS may mean,
    an exclusion the least. To name both is refused in a grant, and holds back no end.
    """
    where, worldwide = deal.where, Territories.worldwide()
    if where.territories is None or bool(where.included) == bool(where.excluded):
        return worldwide
    if where.excluded:
        return worldwide - Territories.parse(where.excluded)
    return worldwide - Territories.parse((), excluded=where.included)


def _add(found: dict[_Releases, Territories], releases: _Releases, more: Territories) -> None:
    found[releases] = found.get(releases, Territories.none()) | more


def _by_release(found: Mapping[_Releases, Territories]) -> dict[str, Territories]:
    single: dict[str, Territories] = {}
    for releases, territories in found.items():
        for release in releases:
            single[release] = single.get(release, Territories.none()) | territories
    return single


def _outside(
    taken_down: Mapping[str, Territories], grants: Mapping[str, Sequence[SaleGrant]]
) -> dict[str, tuple[SaleGrant, ...]]:
    """The grants without the territories where the same message takes the release down."""
    found: dict[str, tuple[SaleGrant, ...]] = {}
    for release, granted in grants.items():
        down = taken_down.get(release, Territories.none())
        kept = tuple(
            replace(grant, territories=grant.territories - down) if down else grant
            for grant in granted
            if grant.territories - down
        )
        if kept:
            found[release] = kept
    return found


_Releases = tuple[str, ...]
_Terms = tuple[tuple[Span, ...], tuple["Price", ...], bool, tuple["Incentive", ...]]
"""What deals that become one grant have in common: periods, prices, pre-order, incentives."""


@dataclass(slots=True)
class _Gathered:
    """Deals for the same releases on the same terms; each with its place among all."""

    territories: Territories
    deals: list[tuple[int, Deal]]


def _gather(found: dict[tuple[_Releases, _Terms], _Gathered], place: int, deal: Deal) -> None:
    """Put a deal to those that differ in their territories only, before anything is made of it."""
    territories = deal.where.territories
    assert territories is not None, "a deal of unknown territories is refused"
    terms = (
        tuple(_from(span, deal.effective) for span in _spans(deal)),
        tuple(price for price in deal.prices if price.kind != "none"),
        deal.is_marked("is-pre-order-deal"),
        deal.incentives,
    )
    known = found.setdefault((deal.releases, terms), _Gathered(Territories.none(), []))
    known.territories |= territories
    known.deals.append((place, deal))


def _granted(
    gathered: Mapping[tuple[_Releases, _Terms], _Gathered],
) -> dict[str, list[SaleGrant]]:
    """The grants of each release; one for all deals on the same terms."""
    groups: dict[str, dict[_Terms, list[_Gathered]]] = {}
    for (releases, terms), group in gathered.items():
        for release in dict.fromkeys(releases):
            groups.setdefault(release, {}).setdefault(terms, []).append(group)
    return {
        release: [_grant(release, terms, alike) for terms, alike in by_terms.items()]
        for release, by_terms in groups.items()
    }


def _grant(release: str, terms: _Terms, alike: Sequence[_Gathered]) -> SaleGrant:
    spans, prices, is_pre_order, incentives = terms
    territories = Territories.none()
    for group in alike:
        territories |= group.territories
    places = [each for group in alike for each in group.deals]
    deals = [deal for _, deal in sorted(places, key=itemgetter(0))]
    paths = tuple(deal.path for deal in deals)
    return SaleGrant(
        release, territories, spans, prices, is_pre_order, incentives, paths, deals[0].line
    )


def _spans(deal: Deal) -> tuple[Span, ...]:
    return deal.spans or (Span(None, None),)


def _from(span: Span, effective: Moment | None) -> Span:
    """ERN 3's EffectiveDate holds the whole deal back."""
    if effective is None:
        return span
    return Span(effective if span.starts is None else later(span.starts, effective), span.ends)


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
