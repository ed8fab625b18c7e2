"""Proposing terms, accepting them as the other side, and passing on what is payable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Subquery

from pennywhistle.apps.contracts.checking import TermsSaid, check_beside, check_terms
from pennywhistle.apps.contracts.models import Contract, PassedOn, Terms
from pennywhistle.apps.contracts.queries import standings
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.apps.proof.models import Head, Page
from pennywhistle.engines.payout import TermsRefusedError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "Between",
    "NotYoursError",
    "TermsRefusedError",
    "TermsSaid",
    "accept_terms",
    "close_terms",
    "pass_on",
    "pass_on_due",
    "propose",
]


class NotYoursError(Exception):
    """Only the side that did not propose accepts terms; only the two sides have a say at all."""

    code = "not-yours"


@dataclass(frozen=True, slots=True)
class Between:
    """Whose contract: who owes, who is owed, in which currency, and what it is called."""

    payer_id: int
    payee_id: int
    currency: str
    name: str


@transaction.atomic
def propose(
    *,
    contract: Contract | Between,
    said: TermsSaid,
    party_id: int,
    user_id: int,
    now: datetime,
) -> Terms:
    """Propose a new contract, or new terms of one; they hold once the other side accepts them.

    Terms that still wait are closed: a side makes one proposal at a time.

    Raises:
        TermsRefusedError: they make no sense by themselves; a payer that promises too much is
            refused here already, and it is looked at again when they are accepted.
        NotYoursError: the party is neither side of it.
    """
    _lock()
    made = contract if isinstance(contract, Contract) else _open(contract, now)
    if party_id not in {made.payer_id, made.payee_id}:
        raise NotYoursError("This party has no part in the contract.")
    versions = list(made.terms.order_by("number"))
    check_terms(made, said, [each for each in versions if each.accepted_at], now)
    made.terms.waiting().update(closed_at=now)
    terms = Terms.objects.create(
        contract=made,
        number=versions[-1].number + 1 if versions else 1,
        starts_on=said.starts_on,
        ends_on=said.ends_on,
        steps=[[step.above_micro, str(step.share)] for step in said.steps],
        advance_micro=said.advance.micro if said.advance else 0,
        advance_on=said.advance_on if said.advance else None,
        guarantee_micro=said.guarantee.micro if said.guarantee else 0,
        guarantee_on=said.guarantee_on if said.guarantee else None,
        reserve_numerator=said.reserve.share.numerator,
        reserve_denominator=said.reserve.share.denominator,
        reserve_steps=[[months, str(part)] for months, part in said.reserve.releases],
        group=said.group.strip(),
        is_paid_by_store=said.is_paid_by_store,
        proposed_by_id=party_id,
        proposer_id=user_id,
        proposed_at=now,
    )
    terms.releases.set(said.releases)
    # Whoever proposes that somebody else owes learns nothing of what that one promised others.
    if party_id == made.payer_id:
        check_beside(terms, party_id=party_id)
    return terms


@transaction.atomic
def accept_terms(*, terms_id: int, party_id: int, user_id: int, now: datetime) -> Terms:
    """Accept terms as the side that did not propose them; again, they are accepted already.

    Raises:
        TermsRefusedError: with what was accepted since, they promise more than there is; or new
            terms of a contract waited until their first day had passed.
        NotYoursError: the party proposed them itself, has no part in it, or they are closed.
    """
    _lock()
    terms = (
        Terms.objects.select_for_update(of=("self",)).select_related("contract").get(id=terms_id)
    )
    contract = terms.contract
    others = {contract.payer_id, contract.payee_id} - {terms.proposed_by_id}
    if party_id not in others or terms.closed_at is not None:
        raise NotYoursError("Only the other side accepts terms, while they stand.")
    if terms.accepted_at is not None:
        return terms
    follows = contract.terms.accepted().exists()
    if follows and terms.starts_on < now.astimezone(UTC).date():
        raise TermsRefusedError("Its first day has passed: propose it anew.")
    check_beside(terms, party_id=party_id)
    terms.accepted_at, terms.accepter_id = now, user_id
    terms.save(update_fields=["accepted_at", "accepter"])
    return terms


@transaction.atomic
def close_terms(*, terms_id: int, party_id: int, now: datetime) -> Terms:
    """Refuse terms, or withdraw them; what was accepted stays.

    Raises:
        NotYoursError: the party has no part in it, or they were accepted.
    """
    terms = (
        Terms.objects.select_for_update(of=("self",)).select_related("contract").get(id=terms_id)
    )
    if party_id not in {terms.contract.payer_id, terms.contract.payee_id} or terms.accepted_at:
        raise NotYoursError("What was accepted is changed by new terms that both sides accept.")
    if terms.closed_at is None:
        terms.closed_at = now
        terms.save(update_fields=["closed_at"])
    return terms


@transaction.atomic
def pass_on(*, contract_id: int, end_index: int, now: datetime) -> PassedOn | None:
    """Move what is payable on a contract to its payee's account, if the store is to pay it.

    By what stands below a place of the log; for one place once. Answers None where nothing is
    payable, or the payer's account has nothing left.
    """
    contract = Contract.objects.select_for_update().get(id=contract_id)
    known = contract.passed_on.filter(end_index=end_index).first()
    if known is not None:
        return known
    # Before what stands on the payer's account is read: a payout may be taking it just now.
    lock_parties(party_ids=[contract.payer_id])
    found = standings([contract], now=now, end_index=end_index)
    if not found or not found[0].terms.is_paid_by_store:
        return None
    payer, payee = (
        open_account(kind=Account.Kind.PAYEE, currency=contract.currency, party_id=party_id)
        for party_id in (contract.payer_id, contract.payee_id)
    )
    amount = min(found[0].payable, sum_of(payer))
    if amount.micro <= 0:
        return None
    entry = write_entry(
        kind=Entry.Kind.DISTRIBUTION,
        key=f"contract:{contract.public_id}:{end_index}",
        subject=payee.number,
        amounts=[Amount(payer.number, -amount), Amount(payee.number, amount)],
        item=f"contract:{contract.public_id}",
        now=now,
    )
    return PassedOn.objects.create(
        contract=contract, entry=entry, amount_micro=amount.micro, end_index=end_index, at=now
    )


def _lock() -> None:
    """One at a time: promises that are made beside each other must see each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('contracts_terms'))")


def _open(between: Between, now: datetime) -> Contract:
    if between.payer_id == between.payee_id:
        raise TermsRefusedError("A contract has two sides.")
    said = {
        "payer_id": between.payer_id,
        "payee_id": between.payee_id,
        "currency": between.currency,
        "name": between.name.strip(),
    }
    # A second click is the same proposal, not a second contract.
    waiting = Contract.objects.filter(**said).exclude(terms__accepted_at__isnull=False).first()
    return waiting or Contract.objects.create(**said, opened_at=now)


def pass_on_due(*, now: datetime) -> int:
    """Pass on what was payable when the month before ended; answers how many entries it took.

    Nothing happens before a page of this month is sealed: only then are that month's pages known.
    Who is owed by somebody who is owed themselves has it a month later.
    """
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    size = Head.objects.filter(id=1).values("size")
    page = Page.objects.filter(leaf_id__lt=Subquery(size), closed_at__gte=first)
    end_index = page.order_by("number").values_list("first_index", flat=True).first()
    if end_index is None:
        return 0
    count = 0
    due = Contract.objects.filter(terms__is_paid_by_store=True, terms__accepted_at__isnull=False)
    for contract_id in due.distinct().order_by("id").values_list("id", flat=True):
        passed = pass_on(contract_id=contract_id, end_index=end_index, now=now)
        count += passed is not None and passed.at == now
    return count
