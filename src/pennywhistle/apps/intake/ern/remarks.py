"""Why what a message grants is not sold all the same, for its supplier to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.intake.ern.notes import notice, stop
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.models import RateCardLine, SupplierAgreement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pennywhistle.apps.catalog.models import Track
    from pennywhistle.apps.rights.actions import GrantTerms
    from pennywhistle.engines.ddex import Finding
    from pennywhistle.engines.ddex.grants import Refusal

_CODES_TOLD_MAX = 20


def remarks_on(
    left: Sequence[Track],
    terms: Mapping[int | None, Sequence[GrantTerms]],
    *,
    supplier_id: int,
) -> list[Finding]:
    """What keeps the granted from being sold: no agreement, no price; and which tracks left."""
    agreed = SupplierAgreement.objects.open().filter(supplier_id=supplier_id)
    found = [*_left_out(left), *_unpriced(terms, supplier_id)]
    if not agreed.exists():
        found.append(
            stop(
                "no-agreement",
                "The store has no agreement with you, so nothing is sold yet.",
                "Sign the store's agreement; what you sent is kept, and sold from then on.",
            )
        )
    return found


def deals_refused(refusals: Sequence[Refusal], *, sells: bool) -> Finding:
    """Sales that ended because a deal that meant to go on with them cannot be used."""
    codes = ", ".join(dict.fromkeys(each.code for each in refusals))
    sentence = (
        "Deals of the message cannot be used, and what they were to sell is not sold any more."
        if sells
        else "No deal of the message can be used, so nothing of the release is sold."
    )
    cure = "Look at what is said of each deal, and send the message again."
    return stop("deals-refused", f"{sentence} ({codes})", cure, value=codes)


def _left_out(left: Sequence[Track]) -> Iterator[Finding]:
    """Tracks that the message does not name any more."""
    for track in left:
        yield notice(
            "track-left-out",
            f"“{track.title}” was on the release and is not in the message. It is not sold any "
            "more, and the release is sold without it; who bought it before keeps it.",
            cure="If that was not meant, name the track again.",
            value=track.public_id,
        )


def _unpriced(
    terms: Mapping[int | None, Sequence[GrantTerms]], supplier_id: int
) -> Iterator[Finding]:
    """Prices that mean nothing here: none at all, a code on no card, another currency."""
    given = [term for each in terms.values() for term in each]
    whole = [term for term in terms.get(None, ()) if not term.is_pre_order]
    if any(not term.price_code and not term.is_at_floor for term in whole):
        yield stop(
            "price-missing",
            "A deal for the release says neither a wholesale price nor a price code that the "
            "store can use. Nothing is sold under it.",
            "Send PriceCode or WholesalePricePerUnit.",
        )
    codes = {term.price_code for term in given} - {""}
    known = RateCardLine.objects.open().filter(supplier_id=supplier_id, code__in=codes)
    unknown = sorted(codes - set(known.values_list("code", flat=True)))
    for code in unknown[:_CODES_TOLD_MAX]:
        yield stop(
            "price-code-unknown",
            f"The price code {code} is not on your rate card. Nothing is sold, and nothing ordered "
            "ahead, under it.",
            "Agree with the store what the code costs; it is sold from then on.",
            value=code,
        )
    currency = the_store().currency
    for foreign in sorted({term.currency for term in given} - {currency}):
        yield stop(
            "price-currency",
            f"The store sells in {currency} and converts nothing; {foreign} is no price here.",
            f"Send prices in {currency}, or agree on price codes.",
            value=foreign,
        )
