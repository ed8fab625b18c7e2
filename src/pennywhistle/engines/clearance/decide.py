"""The steps of clearance, in order; the first that fails refuses (docs/algorithms/clearance.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.engines.clearance import masters
from pennywhistle.engines.clearance.case import Case
from pennywhistle.engines.clearance.fees import LicenseFee, Sold, fees_of, require_wholesale
from pennywhistle.engines.clearance.offered import (
    Asked,
    chosen,
    due_to,
    in_coins,
    is_enough,
    lowered,
    made_up,
    rest_to_pay,
)
from pennywhistle.engines.clearance.parts import parts_of
from pennywhistle.engines.clearance.reasons import Refusal, percent, refuse
from pennywhistle.engines.clearance.verdict import Terms, Verdict
from pennywhistle.engines.clearance.waterfall import Charges, floor_micro, waterfall
from pennywhistle.engines.clearance.works import cover_works
from pennywhistle.kernel.money import MICRO_MAX, Money
from pennywhistle.kernel.split import weights_to_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.cover import Slice
    from pennywhistle.engines.clearance.facts import Grant, Item, Question, Track


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be sold and what comes off its price, before tax and the price itself are known.

    `asked` None: the least price that pays everybody. `is_completing`: the buyer owns some of the
    release's tracks and buys the others. `is_open`: the buyer names the price, from `asked` on.
    """

    licensor: str
    licensor_id: int
    sold: Sequence[Sold]
    asked: Money | None
    wholesale: Money
    fees: Sequence[LicenseFee]
    is_completing: bool
    is_open: bool = False
    suggested: Money | None = None


def clear(
    item: Item, question: Question, *, price: Money | None = None, added_micro: int = 0
) -> Verdict:
    """Decide whether `item` may be sold, at the supplier's price or at `price` if one is given.

    `added_micro`: what the operator added to a sale that is cleared again; it divides the same.
    """
    case = Case(item, question)
    try:
        terms = terms_of(case, offer_of(case), price, added_micro)
    except Refusal as refusal:
        return Verdict(item, question, refusal.reasons)
    return Verdict(item, question, (), terms, tuple(case.basis))


class Granted(NamedTuple):
    """A track that may be part of a sale; `is_transfer` as in `Sold`."""

    track: Track
    grant: Grant
    is_transfer: bool
    slices: Sequence[Slice]


def offer_of(case: Case) -> Offer:
    """Steps 1 to 6: what is for sale, and the supplier's price. Raises `Refusal`."""
    masters.require_open(case)
    new_tracks = _new_tracks(case)
    product = product_grant(case)
    return offer_for(case, product, [grant_track(case, track) for track in new_tracks])


def offer_for(case: Case, product: tuple[Grant | None, bool], granted: Sequence[Granted]) -> Offer:
    """What the item costs by the grants of `product_grant` and of its tracks still to be bought.

    Raises `Refusal`.
    """
    item, question = case.item, case.question
    whole, is_transfer = product
    if whole:
        granted = _under_whole(case, whole, granted)
    sold = _sold(case, granted, whole, is_transfer=is_transfer)
    grant = whole or sold[0].grant
    if not grant.is_at_floor and (grant.price is None or grant.price.micro <= 0):
        # A price of nothing is no price: a gift is another commercial model (rights.md, E2).
        raise refuse("no-price", grant.licensor, title=item.title)
    is_completing = len(granted) < len(item.tracks)
    if whole and not is_completing:
        wholesale = whole.wholesale
    else:
        wholesale = sum((each.grant.wholesale for each in sold), Money.zero(question.currency))
    if not is_completing:
        wholesale = due_to(question, grant.licensor_id, wholesale)
    fees = fees_of(case, sold, is_album=whole is not None and not is_completing)
    require_wholesale(case, fees, wholesale, grant.licensor)
    return Offer(
        licensor=grant.licensor,
        licensor_id=grant.licensor_id,
        sold=sold,
        asked=grant.price,
        wholesale=wholesale,
        fees=fees,
        is_completing=is_completing,
        is_open=grant.is_minimum,
        suggested=grant.suggested,
    )


def terms_of(case: Case, offer: Offer, price: Money | None, added_micro: int = 0) -> Terms:
    """Steps 7 and 8: the floor, the price to pay, and every part of it. Raises `Refusal`."""
    question = case.question
    charges = Charges(
        tax_rate=question.tax_rate,
        fees=tuple([each.fee for each in offer.fees]),
        store_share=question.store_share,
        wholesale_micro=offer.wholesale.micro,
    )
    floor = _floor(case, charges)
    asked = asked_for(question, offer, floor) if price is None else price
    if not is_enough(question, asked, floor):
        raise refuse("below-floor", offer.licensor, price=str(asked), floor=str(floor))
    who = Asked(offer.licensor_id, offer.licensor, offer.is_completing and price is None)
    full = rest_to_pay(question, who, asked, floor)
    least = rest_to_pay(question, who, lowered(case, who, asked, floor), floor)
    due = chosen(case, who, least, is_open=offer.is_open)
    subsidy = Money(max(added_micro, made_up(case, due, full, charges)), due.currency)
    flow = waterfall(due.micro, charges)
    return Terms(
        price=due,
        floor=floor,
        subsidy=subsidy,
        parts=parts_of(case, offer.sold, offer.fees, flow, subsidy.micro),
        holds=tuple(case.holds),
        fees=tuple(offer.fees),
        flow=flow,
        asked=full,
        least=least,
        is_open=offer.is_open,
        suggested=offer.suggested,
    )


def asked_for(question: Question, offer: Offer, floor: Money) -> Money:
    """The supplier's price, or the least one in whole coins that pays everybody."""
    return in_coins(question, floor) if offer.asked is None else offer.asked


def _new_tracks(case: Case) -> list[Track]:
    """The tracks that the buyer does not own yet."""
    item, owned = case.item, case.question.owned
    if not item.tracks:
        raise refuse("no-tracks", item.supplier, title=item.title)
    new_tracks = [track for track in item.tracks if track.ref not in owned]
    if not new_tracks or item.ref in owned:
        raise refuse("owned")
    return new_tracks


def product_grant(case: Case) -> tuple[Grant | None, bool]:
    """A release's own grant, under which it is sold as a whole; a single track has none.

    The second answer is that of `masters.grant_of`. Raises `Refusal`.
    """
    item = case.item
    if not item.is_release:
        return None, False
    grant, is_transfer = masters.grant_of(case, item, item.grants)
    masters.require_currency(case, grant)
    masters.require_agreement(case, grant)
    case.rely_on("grants", grant)
    return grant, is_transfer


def grant_track(case: Case, track: Track) -> Granted:
    """A track with its grant, its owners, its works: all must pass. Raises `Refusal`."""
    grant, is_transfer = masters.grant_of(case, track, track.grants)
    masters.require_currency(case, grant)
    agreement = masters.require_agreement(case, grant)
    masters.require_master(case, track, grant)
    _require_split(grant, track)
    slices = cover_works(case, track, agreement)
    case.rely_on("grants", grant)
    return Granted(track, grant, is_transfer, slices)


def _under_whole(case: Case, whole: Grant, granted: Sequence[Granted]) -> list[Granted]:
    """The tracks as parts of a release whose licensor may sell each of them. Raises `Refusal`."""
    return [
        each._replace(is_transfer=True)
        if masters.require_seller(case, each.track, each.grant, whole)
        else each
        for each in granted
    ]


def _sold(
    case: Case, granted: Sequence[Granted], product: Grant | None, *, is_transfer: bool
) -> list[Sold]:
    """The tracks with their parts of the price.

    `is_transfer`: two suppliers hold deals of the release while a catalog changes hands.
    """
    if is_transfer:
        granted = [each._replace(is_transfer=True) for each in granted]
    if len(granted) == 1:
        return [Sold(*granted[0], Fraction(1))]
    # Money of an album follows its tracks by their own prices (rights.md 4.3); a track that is
    # not sold by itself counts as an even part of the album.
    whole = product.price.micro if product and product.price else 0
    even = max(1, whole // len(case.item.tracks))
    prices = [each.grant.price.micro if each.grant.price else 0 for each in granted]
    weights = weights_to_shares([price if price > 0 else even for price in prices])
    return [Sold(*each, weight) for each, weight in zip(granted, weights, strict=True)]


def _require_split(grant: Grant, track: Track) -> None:
    payees = grant.payees
    below = math.lcm(*[payee.share.denominator for payee in payees])
    parts = [payee.share.numerator * (below // payee.share.denominator) for payee in payees]
    total = sum(parts)
    if total != below or min(parts) < 0:
        raise refuse(
            "split", grant.licensor, title=track.title, percent=percent(Fraction(total, below))
        )


def _floor(case: Case, charges: Charges) -> Money:
    floor = floor_for(case.question, charges)
    if floor is None:
        raise refuse("no-floor", case.item.supplier, title=case.item.title)
    return floor


def floor_for(question: Question, charges: Charges) -> Money | None:
    """The smallest price at which everybody is paid; None where there is none."""
    least = floor_micro(charges)
    if least is None or least > MICRO_MAX:
        return None
    return Money(max(least, question.least_price.micro), question.currency)
