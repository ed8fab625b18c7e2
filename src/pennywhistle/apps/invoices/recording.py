"""Reading the log on, entry by entry in its order, and keeping what tax offices want to know.

The till knows nothing of this: it comes after the sale, in batches, from where it was left. The
place in the log moves in the transaction that writes what was read, so that a crash loses nothing
and nothing is recorded twice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.invoices.balances import follow_balance, give_back_price
from pennywhistle.apps.invoices.doubting import open_doubts
from pennywhistle.apps.invoices.due import want_credit_note, want_invoices
from pennywhistle.apps.invoices.facts import Facts, load_facts, quarter_at
from pennywhistle.apps.invoices.models import Reading, Supply
from pennywhistle.apps.invoices.settling import plan_refund, plan_sale
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.proof.models import Leaf
from pennywhistle.apps.taxes.models import SellerTerms
from pennywhistle.engines.tax import Treatment, cents, rule_place, taxed_as, treatment_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.orders.models import OrderLine

batch_entries_max = 500


def record_supplies(*, now: datetime) -> int:
    """Record what a batch of entries of the log supplied; answers how many entries were read.

    Nothing is read while nobody said who sells; what was sold before the first terms is left out.
    A second worker that comes meanwhile reads nothing.
    """
    terms = list(SellerTerms.objects.order_by("valid_from"))
    if not terms:
        return 0
    with transaction.atomic():
        Reading.objects.bulk_create([Reading(id=1)], ignore_conflicts=True)
        reading = Reading.objects.select_for_update(skip_locked=True).filter(id=1).first()
        if reading is None:
            return 0
        leaves = list(
            Leaf.objects.filter(log_index__gte=reading.next_index)
            .select_related("entry")
            .defer("record")
            .order_by("log_index")[:batch_entries_max]
        )
        if not leaves:
            return 0
        entries = [leaf.entry for leaf in leaves if leaf.entry is not None]
        # Of what the log took at once, the earlier first: it has them by their ids.
        entries.sort(key=lambda each: each.occurred_at)
        facts = load_facts(entries, terms=terms, first_index=leaves[0].log_index)
        _record(entries, facts, now)
        Reading.objects.filter(id=1).update(next_index=leaves[-1].log_index + 1)
    return len(leaves)


def _record(entries: Sequence[Entry], facts: Facts, now: datetime) -> None:
    recorded = []
    for entry in entries:
        line = facts.lines.get(entry.pk)
        if entry.occurred_at < facts.terms[0].valid_from:
            pass
        elif entry.kind == Entry.Kind.SALE and line is not None:
            recorded.append(_sale(entry, line, facts, now))
        elif entry.kind == Entry.Kind.REFUND:
            _refund(entry, facts, now)
        else:
            recorded += follow_balance(entry, facts, now)
        facts.lots.note(entry)
    open_doubts(recorded, now=now)
    want_invoices(recorded)


def _sale(entry: Entry, line: OrderLine, facts: Facts, now: datetime) -> Supply:
    order, terms = line.order, facts.terms_of(entry)
    rate = Fraction(line.verdict.document["tax_rate"])
    number = facts.number_of(order.buyer_id, order.territory, entry.occurred_at)
    clues = facts.clues_of(order.buyer_id, order.territory, entry.occurred_at)
    ruling = rule_place(taxed_as(order.territory), clues, needed=terms.clues_needed)
    treatment = treatment_of(
        seller=terms.seller,
        territory=order.territory,
        is_taxed=rate > 0,
        is_business=number is not None and not ruling.is_contradicted,
    )
    moves = facts.lots.spend(order.account_id, entry, line.price_micro)
    prepaid_micro = sum(move.amount_micro for move in moves if move.lot.taxed is not None)
    posted_micro = facts.tax_posted(entry)
    gross_micro = line.price_micro - prepaid_micro
    tax_micro = cents(Fraction(posted_micro * gross_micro, line.price_micro), 1)
    is_reverse = treatment is Treatment.REVERSE
    is_home = treatment is Treatment.DOMESTIC
    supply = Supply.objects.create(
        kind=Supply.Kind.SALE,
        entry=entry,
        user_id=order.buyer_id,
        order_id=order.id,
        occurred_at=entry.occurred_at,
        quarter=str(quarter_at(entry.occurred_at, terms)),
        territory=order.territory,
        state=taxed_as(terms.country if is_home else order.territory),
        numerator=0 if is_reverse else rate.numerator,
        denominator=1 if is_reverse else rate.denominator,
        treatment=treatment,
        currency=entry.currency,
        gross_micro=gross_micro - (tax_micro if is_reverse else 0),
        tax_micro=0 if is_reverse else tax_micro,
        prepaid_micro=prepaid_micro,
        clues=[[clue.kind, clue.country] for clue in clues],
        is_settled=ruling.is_settled,
        is_contradicted=ruling.is_contradicted,
        vat_number=number if is_reverse else None,
        terms=terms,
        recorded_at=now,
    )
    plan_sale(supply, entry, facts=facts, moves=moves, relief_micro=tax_micro if is_reverse else 0)
    return supply


def _refund(entry: Entry, facts: Facts, now: datetime) -> None:
    """The exact negative of what the sale was, wherever it is held to have been by now."""
    give_back_price(entry, facts)
    # Locked, as by who decides about its place: what it is held to be does not change meanwhile.
    sales = Supply.objects.select_for_update(of=("self",))
    sale = sales.filter(entry=entry.reverses_id, kind=Supply.Kind.SALE).first()
    if sale is None:
        return
    held = sale.as_held()
    refund = Supply.objects.create(
        **negative_of(held),
        kind=Supply.Kind.REFUND,
        entry=entry,
        corrects=sale,
        occurred_at=entry.occurred_at,
        quarter=str(quarter_at(entry.occurred_at, facts.terms_of(entry))),
        recorded_at=now,
    )
    plan_refund(refund, entry, sale=sale)
    want_credit_note(refund)


_SAME = (
    "user_id",
    "order_id",
    "territory",
    "state",
    "numerator",
    "denominator",
    "treatment",
    "currency",
    "clues",
    "is_settled",
    "vat_number_id",
    "terms_id",
)


def negative_of(supply: Supply) -> dict[str, object]:
    """The columns of a supply that takes this one back."""
    return {
        **{name: getattr(supply, name) for name in _SAME},
        "gross_micro": -supply.gross_micro,
        "tax_micro": -supply.tax_micro,
        "prepaid_micro": -supply.prepaid_micro,
    }
