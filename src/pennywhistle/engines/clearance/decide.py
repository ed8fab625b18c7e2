"""The steps of clearance, in order; the first that fails refuses (docs/algorithms/clearance.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.evidence import Terms, verdict_of
from pennywhistle.engines.clearance.verdict import Part, Reason, Verdict
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.split import weights_to_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.facts import Grant, Item, Question, Track


class _Refusal(Exception):  # noqa: N818 (an answer, caught in `clear`, not an error)
    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(reasons)
        self.reasons = reasons


def clear(item: Item, question: Question, *, price: Money | None = None) -> Verdict:
    """Decide whether `item` may be sold, at the supplier's price or at `price` if one is given."""
    try:
        terms = _terms_of(item, question, price)
    except _Refusal as refusal:
        return verdict_of(item, question, None, refusal.reasons)
    return verdict_of(item, question, terms, ())


def _terms_of(item: Item, question: Question, price: Money | None) -> Terms:
    _require_open(item, question)
    new_tracks = _new_tracks(item, question)
    grants = [_grant_of(track, track.grants, item, question) for track in new_tracks]
    product = _grant_of(item, item.grants, item, question) if item.is_release else grants[0]
    relied_on = tuple(dict.fromkeys([product, *grants]))
    for grant in relied_on:
        _require_currency(grant, item, question)
    asked = _price_of(product, item)
    floor = _floor(product if len(new_tracks) == len(item.tracks) else None, grants, question)
    due = asked if price is None else price
    _require_floor(due, floor, product)
    if price is None and question.paid is not None and item.is_release and question.owned:
        # What the album's tracks cost before counts, down to the floor of those still to come.
        due = max(asked - question.paid, floor)
    # Money of an album follows its tracks by their own prices (rights.md 4.3); a track that is
    # not sold by itself counts as an even part of the album.
    even = max(1, asked.micro // len(item.tracks))
    weights = [grant.price.micro if grant.price else even for grant in grants]
    return Terms(due, floor, _parts(grants, weights, question), relied_on)


def _new_tracks(item: Item, question: Question) -> list[Track]:
    """The tracks that the buyer does not own yet."""
    if not item.tracks:
        raise _refuse(
            "no-tracks",
            f"{item.title} has no tracks.",
            "a track",
            item.supplier,
            "Upload its tracks in the studio.",
        )
    new_tracks = [track for track in item.tracks if track.ref not in question.owned]
    if not new_tracks or item.ref in question.owned:
        raise _refuse("owned", "The buyer owns all of it already.", "", "", "Download it.")
    return new_tracks


def _refuse(code: str, sentence: str, missing: str, who: str, cure: str) -> _Refusal:
    return _Refusal((Reason(code, sentence, missing, who, cure),))


def _require_open(item: Item, question: Question) -> None:
    if not item.is_published:
        raise _refuse(
            "not-published",
            f"{item.title} is not on the shelves.",
            "publication",
            item.supplier,
            "Publish the release in the studio.",
        )
    open_tracks = (track for track in item.tracks if track.ref not in question.owned)
    stops = [*item.stops, *(stop for track in open_tracks for stop in track.stops)]
    if stops:
        raise _Refusal(
            tuple(
                Reason(
                    f"stopped-{stop.kind}",
                    stop.sentence,
                    "the end of the stop",
                    item.supplier,
                    "Settle what the stop is about; the sale then goes on by itself.",
                )
                for stop in dict.fromkeys(stops)
            )
        )


def _grant_of(
    subject: Item | Track, grants: Sequence[Grant], item: Item, question: Question
) -> Grant:
    """The grant that covers use, territory and instant; the newest, if a supplier gave two."""
    fitting = [grant for grant in grants if question.use in grant.uses]
    if not fitting:
        raise _refuse(
            "no-grant",
            f"Nobody has granted the sale of {subject.title} as a download.",
            f"a grant of {question.use} for {subject.title}",
            item.supplier,
            "Set a price, territories and a split for it in the studio.",
        )
    here = [grant for grant in fitting if question.territory in grant.territories]
    if not here:
        granted = fitting[-1].territories
        raise _refuse(
            "territory",
            f"{subject.title} may be sold in {granted.describe()}, not in {question.territory}.",
            f"a grant for {question.territory}",
            fitting[-1].licensor,
            f"Add {question.territory} to the territories of the grant.",
        )
    now = [grant for grant in here if question.at in grant.valid]
    if not now:
        raise _out_of_period(subject.title, here[-1], question)
    if len({grant.licensor_id for grant in now}) > 1:
        raise _refuse(
            "conflict",
            f"More than one supplier claims the sale of {subject.title}.",
            "an agreement of the suppliers",
            " and ".join(sorted({grant.licensor for grant in now})),
            "Withdraw all grants but the owner's.",
        )
    return max(now, key=lambda grant: grant.id)


def _out_of_period(title: str, grant: Grant, question: Question) -> _Refusal:
    start, end = grant.valid.starts_at, grant.valid.ends_at
    if start is not None and question.at < start:
        return _refuse(
            "not-yet",
            f"{title} may be sold from {start:%Y-%m-%d %H:%M} UTC.",
            "an earlier start of the grant",
            grant.licensor,
            "Wait for the date, or grant an earlier one.",
        )
    return _refuse(
        "expired",
        f"{title} could be sold until {end:%Y-%m-%d %H:%M} UTC.",
        "a grant for today",
        grant.licensor,
        "Renew the grant.",
    )


def _require_currency(grant: Grant, item: Item, question: Question) -> None:
    """Every grant that the sale relies on pays in the sale's currency; nothing is converted."""
    currencies = {grant.wholesale.currency, *((grant.price.currency,) if grant.price else ())}
    foreign = sorted(currencies - {question.currency})
    if foreign:
        raise _refuse(
            "currency",
            f"{item.title} is priced in {foreign[0]}, not in {question.currency}.",
            f"a price in {question.currency}",
            grant.licensor,
            f"Set a price in {question.currency} in the studio.",
        )


def _price_of(grant: Grant, item: Item) -> Money:
    if grant.price is None or not grant.price:
        raise _refuse(
            "no-price",
            f"{item.title} has no price of its own"
            + ("." if item.is_release else ": it is sold with its release only."),
            "a price",
            grant.licensor,
            "Set a price in the studio.",
        )
    return grant.price


def _floor(product: Grant | None, grants: Sequence[Grant], question: Question) -> Money:
    """The smallest price of which, after the store's share, the payees' least is left."""
    wholesale = (
        product.wholesale.micro if product else sum(grant.wholesale.micro for grant in grants)
    )
    exact = Fraction(wholesale) / (1 - question.store_share)
    whole = -(-exact.numerator // exact.denominator)
    return max(Money(whole, question.currency), question.least_price)


def _require_floor(due: Money, floor: Money, grant: Grant) -> None:
    if due < floor:
        raise _refuse(
            "below-floor",
            f"The price {due} is below the floor {floor}, under which the payees' due is not met.",
            "a higher price, or a lower wholesale price",
            grant.licensor,
            f"Set the price to {floor} or more.",
        )


def _parts(grants: Sequence[Grant], weights: Sequence[int], question: Question) -> tuple[Part, ...]:
    """Exact parts of the price: the store's, then each payee's over all tracks."""
    pool = 1 - question.store_share
    merged: dict[int, Part] = {}
    for grant, weight in zip(grants, weights_to_shares(weights), strict=True):
        _require_split(grant)
        for payee in grant.payees:
            known = merged.get(payee.account)
            share = pool * weight * payee.share + (known.share if known else 0)
            role = _joined(known.role, payee.role) if known else payee.role
            merged[payee.account] = Part(
                payee.account, payee.party_id, payee.name, role, Fraction(share)
            )
    store = Part(question.store_account, None, "The store", "Store", question.store_share)
    ordered = sorted(merged.values(), key=lambda part: part.account)
    return tuple(part for part in (store, *ordered) if part.share)


def _joined(roles: str, role: str) -> str:
    return roles if role in roles.split(", ") else f"{roles}, {role}"


def _require_split(grant: Grant) -> None:
    total = sum((payee.share for payee in grant.payees), Fraction(0))
    if total != 1:
        raise _refuse(
            "split",
            f"The split of grant {grant.id} sums to {float(total * 100):.4f} %, not to 100 %.",
            "a split that sums to 100 %",
            grant.licensor,
            "Correct the split in the studio.",
        )
