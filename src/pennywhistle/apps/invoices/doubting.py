"""Buyers whose evidence contradicts itself: told to an operator, who decides where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, Q, Sum

from pennywhistle.apps.invoices.due import want_credit_note, want_invoices
from pennywhistle.apps.invoices.facts import quarter_at
from pennywhistle.apps.invoices.models import PlaceDecision, PlaceDoubt, Reading, Supply
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


class DecisionInvalidError(ValueError):
    """The decision names no country, or gives no reason."""

    code = "place-decision"


def open_doubts(supplies: Sequence[Supply], *, now: datetime) -> None:
    """Open a doubt for each buyer and place that the evidence contradicts, if none is open."""
    doubts: dict[tuple[int, str], PlaceDoubt] = {}
    for supply in supplies:
        if not supply.is_contradicted or not _bears_tax_somewhere(supply):
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


def _bears_tax_somewhere(supply: Supply) -> bool:
    """Where no tax of the seller's hangs on any place named, it is nobody's business."""
    return supply.treatment != Treatment.OUTSIDE or any(
        tax_rate_at(country, supply.occurred_at) > 0 for _, country in supply.clues
    )


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
    # Whoever reads the log on has done so, or begins after this: nothing is recorded meanwhile.
    Reading.objects.select_for_update().filter(id=1).first()
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


def _wrong(doubt: PlaceDoubt) -> list[Supply]:
    """What was taxed where the doubt is about, and was not affirmed by an earlier decision.

    Locked: a refund does not come between what is moved out and what is moved in.
    """
    affirmed = PlaceDecision.objects.filter(
        doubt__user=doubt.user_id, doubt__country=doubt.country, country=doubt.country
    ).aggregate(last_at=Max("decided_at"))
    wrong = Supply.objects.contradicted().filter(user=doubt.user_id, territory=doubt.country)
    if affirmed["last_at"] is not None:
        wrong = wrong.filter(recorded_at__gt=affirmed["last_at"])
    locked = wrong.select_for_update(of=("self",)).select_related("terms", "entry")
    return list(locked.order_by("id"))


def _left(supply: Supply) -> tuple[int, int] | None:
    """What of a supply was not taken back, price and tax; None where nothing is left to move."""
    back = supply.corrections.aggregate(
        refunds=Count("pk", filter=Q(kind=Supply.Kind.REFUND)),
        gross=Sum("gross_micro", default=0),
        tax=Sum("tax_micro", default=0),
    )
    gross_micro = supply.gross_micro + int(back["gross"])
    is_whole_back = supply.kind == Supply.Kind.TOP_UP and not gross_micro
    if back["refunds"] or is_whole_back:
        return None
    return gross_micro, supply.tax_micro + int(back["tax"])


def _move_supplies(doubt: PlaceDoubt, country: str, now: datetime) -> None:
    for supply in _wrong(doubt):
        if (left := _left(supply)) is None:
            continue
        gross_micro, tax_micro = left
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
            gross_micro=-gross_micro,
            tax_micro=-tax_micro,
        )
        into = Supply.objects.create(
            **same,
            kind=Supply.Kind.MOVED_IN,
            territory=country,
            state=taxed_as(supply.terms.country if is_home else country),
            numerator=rate.numerator,
            denominator=rate.denominator,
            treatment=treatment,
            gross_micro=gross_micro,
            tax_micro=cents(tax_within(gross_micro, rate), 1),
            prepaid_micro=supply.prepaid_micro,
        )
        plan_move(out, into)
        want_credit_note(out)
        want_invoices([into])
