"""What entries other than sales and refunds mean for tax: money paid in, paid back, set aside."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from pennywhistle.apps.invoices.due import want_credit_note
from pennywhistle.apps.invoices.facts import quarter_at
from pennywhistle.apps.invoices.models import Supply
from pennywhistle.apps.invoices.settling import supply_settled_by
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.chargeback_books import held_by
from pennywhistle.apps.payments.models import Payback
from pennywhistle.apps.payments.unspent import payback_key
from pennywhistle.apps.taxes.models import PlaceClue, SellerTerms
from pennywhistle.apps.taxes.queries import tax_rate_at
from pennywhistle.engines.tax import (
    ClueKind,
    Treatment,
    cents,
    rule_place,
    tax_within,
    taxed_as,
    treatment_of,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.invoices.facts import Facts
    from pennywhistle.apps.invoices.models import Lot, LotMove


def follow_balance(entry: Entry, facts: Facts, now: datetime) -> list[Supply]:
    """Record what an entry does to people's balances; answers what was taxed by it."""
    supplied = []
    for number, amount in zip(entry.accounts, entry.amounts_micro, strict=True):
        if facts.accounts[number].kind != Account.Kind.BALANCE:
            continue
        if entry.kind == Entry.Kind.TOP_UP and amount > 0:
            supplied += _paid_in(entry, number, amount, facts, now)
        elif entry.kind == Entry.Kind.UNRESERVE and (giver := _giver(entry, number, facts)):
            _was_given(entry, (giver, number), amount, facts)
        elif not facts.lots.has_any(number):
            continue
        elif entry.kind == Entry.Kind.PAYBACK and amount < 0:
            moves = facts.lots.pay_back(number, entry, -amount, keys=_brought_by(entry))
            _paid_back(entry, moves, facts, now)
        elif amount < 0:
            facts.lots.spend(number, entry, -amount)
        else:
            _came_back(entry, number, amount, facts)
    return supplied


def give_back_price(entry: Entry, facts: Facts) -> None:
    """What a refund gives back goes to the lots that paid; the rest is money without one."""
    if not facts.lots.has_any(entry.subject_id) or entry.reverses_id is None:
        return
    given = facts.lots.give_back(entry, of_entry=entry.reverses_id)
    left = entry.price_micro + sum(move.amount_micro for move in given)
    if left > 0:
        facts.lots.add(entry.subject_id, entry, left, None)


def _paid_in(entry: Entry, number: int, amount: int, facts: Facts, now: datetime) -> list[Supply]:
    is_at_once = facts.terms_of(entry).vat_point == SellerTerms.VatPoint.TOP_UP
    supply = _taxed_at_once(entry, number, amount, facts, now) if is_at_once else None
    # Where no tax is due now, the place of the sale says whether one is due then.
    if supply is None or supply.treatment == Treatment.OUTSIDE:
        if facts.lots.has_any(number):
            facts.lots.add(number, entry, amount, None)
        return []
    supply.save()
    _add_taxed(entry, number, [(amount, supply, None)], facts)
    return [supply]


def _add_taxed(
    entry: Entry, number: int, parts: list[tuple[int, Supply | None, Lot | None]], facts: Facts
) -> None:
    """Lots of money that bears its tax already; with the first of them a balance is kept by lots.

    A part is an amount, what taxed it, and the lot that it was given from.
    """
    before = 0
    if not facts.lots.has_any(number):
        # What was there before the first lot that is taxed at once is spent first, taxed as it is.
        before = facts.lots.balance_before(number)
        if before > 0:
            facts.lots.add(number, entry, before, None)
    for amount, supply, given_from in parts:
        facts.lots.add(number, entry, amount, supply, given_from)
    if before < 0:
        # The log has a sale first that this money paid, which was taxed when it was made.
        facts.lots.spend(number, entry, -before)


def _giver(entry: Entry, number: int, facts: Facts) -> int | None:
    """The account of somebody else where this money was set aside."""
    own = facts.accounts[number].user_id
    return next((each for each in entry.accounts if facts.accounts[each].user_id != own), None)


def _was_given(entry: Entry, accounts: tuple[int, int], amount: int, facts: Facts) -> None:
    """A gift keeps the tax that it bore with its giver; the rest is taxed when it is spent."""
    giver, number = accounts
    given = [(lot, part) for lot, part in facts.lots.given(giver, amount) if lot.taxed is not None]
    if given:
        _add_taxed(entry, number, [(part, lot.supply, lot) for lot, part in given], facts)
    rest = amount - sum(part for _, part in given)
    if rest > 0 and facts.lots.has_any(number):
        facts.lots.add(number, entry, rest, None)


def _taxed_at_once(entry: Entry, number: int, amount: int, facts: Facts, now: datetime) -> Supply:
    terms = facts.terms_of(entry)
    user_id = facts.accounts[number].user_id
    assert user_id is not None, "balances are of people"
    territory = _declared(user_id, entry.occurred_at)
    clues = facts.clues_of(user_id, territory, entry.occurred_at)
    ruling = rule_place(taxed_as(territory), clues, needed=terms.clues_needed)
    business = facts.number_of(user_id, territory, entry.occurred_at)
    rate = tax_rate_at(territory, entry.occurred_at)
    treatment = treatment_of(
        seller=terms.seller,
        territory=territory,
        is_taxed=rate > 0,
        is_business=business is not None and not ruling.is_contradicted,
    )
    is_reverse = treatment is Treatment.REVERSE
    rate = Fraction(0) if is_reverse else rate
    is_home = treatment is Treatment.DOMESTIC
    return Supply(
        kind=Supply.Kind.TOP_UP,
        entry=entry,
        user_id=user_id,
        occurred_at=entry.occurred_at,
        quarter=str(quarter_at(entry.occurred_at, terms)),
        territory=territory,
        state=taxed_as(terms.country if is_home else territory),
        numerator=rate.numerator,
        denominator=rate.denominator,
        treatment=treatment,
        currency=entry.currency,
        gross_micro=amount,
        tax_micro=cents(tax_within(amount, rate), 1),
        clues=[[clue.kind, clue.country] for clue in clues],
        is_settled=ruling.is_settled,
        is_contradicted=ruling.is_contradicted,
        vat_number=business if is_reverse else None,
        terms=terms,
        recorded_at=now,
    )


def _declared(user_id: int, at: datetime) -> str:
    """What the buyer said when they paid in; else what the account or the store says."""
    said = PlaceClue.objects.filter(user=user_id, kind=ClueKind.DECLARED, seen_at__lte=at)
    row = said.select_related("user").order_by("-seen_at", "-id").first()
    return row.country if row is not None else the_store().home_country


def _brought_by(entry: Entry) -> list[str]:
    """The entries of the payment that goes back, and of what the store added to it."""
    try:
        payback_id = UUID((entry.key or "").removeprefix(payback_key("")))
    except ValueError:
        return []
    top_up_id = Payback.objects.values_list("top_up_id", flat=True).get(id=payback_id)
    return [f"top-up:{top_up_id}", f"bonus:{top_up_id}"]


def _paid_back(entry: Entry, moves: list[LotMove], facts: Facts, now: datetime) -> None:
    """Money that was taxed when it came in leaves again: its tax is taken back."""
    terms = facts.terms_of(entry)
    for move in moves:
        paid_in, supply = move.lot.supply, move.lot.taxed
        if paid_in is None or supply is None:
            continue
        back = Supply.objects.create(
            kind=Supply.Kind.PAYBACK,
            entry=entry,
            corrects=paid_in,
            user_id=supply.user_id,
            occurred_at=entry.occurred_at,
            quarter=str(quarter_at(entry.occurred_at, terms)),
            territory=supply.territory,
            state=supply.state,
            numerator=supply.numerator,
            denominator=supply.denominator,
            treatment=supply.treatment,
            currency=supply.currency,
            gross_micro=-move.amount_micro,
            tax_micro=-cents(Fraction(supply.tax_micro * move.amount_micro, supply.gross_micro), 1),
            clues=supply.clues,
            is_settled=supply.is_settled,
            vat_number_id=supply.vat_number_id,
            terms_id=supply.terms_id,
            recorded_at=now,
        )
        want_credit_note(back)


def _came_back(entry: Entry, number: int, amount: int, facts: Facts) -> None:
    """Money that was set aside is free again, or a tax is given back; the rest is the store's.

    What the store adds was not taxed: it is a lot that is taxed when it is spent.
    """
    given: list[LotMove] = []
    if entry.kind == Entry.Kind.TAX:
        settled_id = supply_settled_by(entry)
        supply = Supply.objects.filter(pk=settled_id).first() if settled_id is not None else None
        if supply is not None:
            given = facts.lots.give_back(entry, of_entry=supply.entry_id, amount_micro=amount)
    elif entry.kind == Entry.Kind.UNRESERVE:
        given = facts.lots.free(number, entry, amount)
    elif entry.kind == Entry.Kind.DISPUTE:
        # What was held of a payment that a bank does not take back after all.
        held = Entry.objects.filter(key=held_by(entry.key or "")).first()
        if held is not None:
            given = facts.lots.give_back(entry, of_entry=held.pk, amount_micro=amount)
    left = amount + sum(move.amount_micro for move in given)
    if left > 0:
        facts.lots.add(number, entry, left, None)
