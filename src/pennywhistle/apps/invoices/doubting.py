"""Buyers whose evidence contradicts itself: told to an operator, who decides where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.invoices.due import want_credit_note, want_invoices
from pennywhistle.apps.invoices.facts import quarter_at
from pennywhistle.apps.invoices.models import PlaceDecision, PlaceDoubt, Supply
from pennywhistle.apps.invoices.settling import plan_move
from pennywhistle.apps.taxes.models import VatNumber
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.apps.users.actions import move_user
from pennywhistle.engines.tax import (
    Clue,
    ClueKind,
    Treatment,
    cents,
    rule_place,
    tax_within,
    taxed_as,
    treatment_of,
)
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

moved_at_once_max = 1_000


class DecisionInvalidError(ValueError):
    """The decision names no country, or gives no reason."""

    code = "place-decision"


def open_doubts(supplies: Sequence[Supply], *, now: datetime) -> None:
    """Open a doubt for each buyer and place that the evidence contradicts, if none is open."""
    doubts: dict[tuple[int, str], PlaceDoubt] = {}
    for supply in supplies:
        # Where no tax of the seller's hangs on it, the place is nobody's business.
        if not supply.is_contradicted or supply.treatment == Treatment.OUTSIDE:
            continue
        clues = [Clue(ClueKind(kind), country) for kind, country in supply.clues]
        needed = supply.terms.clues_needed
        ruling = rule_place(taxed_as(supply.territory), clues, needed=needed)
        doubts[supply.user_id, supply.territory] = PlaceDoubt(
            user_id=supply.user_id,
            country=supply.territory,
            rival=ruling.rival,
            recorded_at=now,
        )
    PlaceDoubt.objects.bulk_create(doubts.values(), ignore_conflicts=True)


@transaction.atomic
def decide_place(
    *, doubt_id: int, country: str, reason: str, operator_id: int, now: datetime
) -> PlaceDecision:
    """Say where the buyer belongs; decided twice, the first word stands.

    The decision counts as a piece of evidence from then on. Where it is another country, the
    account moves there, and what was taxed in the wrong one is taxed there instead: at the same
    price, so that the store bears what the tax is more.

    Raises:
        DecisionInvalidError: no country, or no reason.
    """
    doubt = PlaceDoubt.objects.select_for_update().get(id=doubt_id)
    standing = PlaceDecision.objects.filter(doubt=doubt).first()
    if standing is not None:
        return standing
    if country not in Territories.worldwide().codes:
        raise DecisionInvalidError("Name a country by its code, such as DE.")
    if not reason.strip():
        raise DecisionInvalidError("Say what the decision rests on.")
    decision = PlaceDecision.objects.create(
        doubt=doubt, country=country, reason=reason, decided_by_id=operator_id, decided_at=now
    )
    PlaceDoubt.objects.filter(id=doubt_id).update(closed_at=now)
    note_clue(
        user_id=doubt.user_id,
        kind=ClueKind.OTHER,
        country=country,
        source=f"decision {decision.pk}",
        now=now,
    )
    if country != doubt.country:
        move_user(user_id=doubt.user_id, country=country)
        VatNumber.objects.open().filter(user=doubt.user_id).exclude(
            country=taxed_as(country)
        ).update(closed_at=now)
        _move_supplies(doubt, country, now)
    return decision


def _move_supplies(doubt: PlaceDoubt, country: str, now: datetime) -> None:
    wrong = Supply.objects.contradicted().filter(user=doubt.user_id, territory=doubt.country)
    # What was refunded since has nothing left to move.
    for supply in wrong.filter(corrections__isnull=True).order_by("id")[:moved_at_once_max]:
        rate = tax_rate_at(country, supply.occurred_at)
        treatment = treatment_of(
            seller=supply.terms.seller, territory=country, is_taxed=rate > 0, is_business=False
        )
        is_home = treatment is Treatment.DOMESTIC
        same = {
            "entry_id": supply.entry_id,
            "corrects": supply,
            "user_id": supply.user_id,
            "order_id": supply.order_id,
            "occurred_at": supply.occurred_at,
            # In the return of the quarter in which it was found out.
            "quarter": str(quarter_at(now, supply.terms)),
            "currency": supply.currency,
            "clues": supply.clues,
            "is_settled": True,
            "terms_id": supply.terms_id,
            "recorded_at": now,
        }
        out = Supply.objects.create(
            **same,
            kind=Supply.Kind.MOVED_OUT,
            territory=supply.territory,
            state=supply.state,
            numerator=supply.numerator,
            denominator=supply.denominator,
            treatment=supply.treatment,
            gross_micro=-supply.gross_micro,
            tax_micro=-supply.tax_micro,
        )
        into = Supply.objects.create(
            **same,
            kind=Supply.Kind.MOVED_IN,
            territory=country,
            state=taxed_as(supply.terms.country if is_home else country),
            numerator=rate.numerator,
            denominator=rate.denominator,
            treatment=treatment,
            gross_micro=supply.gross_micro,
            tax_micro=cents(tax_within(supply.gross_micro, rate), 1),
            prepaid_micro=supply.prepaid_micro,
        )
        plan_move(out, into)
        want_credit_note(out)
        want_invoices([into])
