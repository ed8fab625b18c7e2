"""Founding a society, letting members join and leave, and distributing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import MandateTerms, record_mandate, revoke_mandate
from pennywhistle.apps.rights.models import Mandate
from pennywhistle.apps.societies.consent import speaks_for_itself
from pennywhistle.apps.societies.models import (
    Distribution,
    DistributionEntry,
    DistributionLine,
    Society,
)
from pennywhistle.apps.societies.taking import lock_distributions, take_back
from pennywhistle.apps.societies.work import plan_distribution
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.apps.societies.work import Plan
    from pennywhistle.kernel.purse import Purse

# An entry's lines are numbered by a small integer, and a proof opens an entry whole.
accounts_per_entry_max = 500
lines_written_at_once = 2_000


class SocietyError(Exception):
    """The society cannot do this."""

    code = "society"


class DeductionWrongError(SocietyError):
    """A deduction is a part from 0 to below the whole, and says what it is for."""

    code = "deduction-wrong"


class YearEndWrongError(SocietyError):
    """The financial year ends on no day of the calendar."""

    code = "year-end-wrong"


class NotAMemberError(SocietyError):
    """The mandate is not one of this society."""

    code = "not-a-member"


class MemberSpeaksForItselfError(SocietyError):
    """Others than the society made the party known: the society's word is not enough."""

    code = "member-speaks-for-itself"


class PeriodOpenError(SocietyError):
    """What has not happened yet cannot be distributed."""

    code = "period-open"


class AccountShortError(SocietyError):
    """The account holds less than was earned by uses: some was paid out another way."""

    code = "account-short"


@dataclass(frozen=True, slots=True)
class SocietyTerms:
    """What a society says of itself: deduction, financial year, rules."""

    deduction: Fraction
    deduction_for: str
    about: str = ""
    rules: str = ""
    year_ends_month: int = 12
    year_ends_day: int = 31


@transaction.atomic
def set_up_society(*, party_id: int, terms: SocietyTerms) -> Society:
    """Make a party a society, or change what it says; past distributions keep what they said.

    Raises DeductionWrongError or YearEndWrongError.
    """
    if not 0 <= terms.deduction < 1 or (terms.deduction and not terms.deduction_for.strip()):
        raise DeductionWrongError("A deduction is at least 0, below 100 %, and for something.")
    days = 29 if terms.year_ends_month == 2 else 30 + (terms.year_ends_month in _LONG_MONTHS)  # noqa: PLR2004
    if not 1 <= terms.year_ends_month <= 12 or not 1 <= terms.year_ends_day <= days:  # noqa: PLR2004
        raise YearEndWrongError("A financial year ends on a day of the calendar.")
    society, _ = Society.objects.update_or_create(
        party=Party.objects.get(id=party_id),
        defaults={
            "about": terms.about,
            "deduction_numerator": terms.deduction.numerator,
            "deduction_denominator": terms.deduction.denominator,
            "deduction_for": terms.deduction_for.strip(),
            "year_ends_month": terms.year_ends_month,
            "year_ends_day": terms.year_ends_day,
            "rules": terms.rules,
        },
    )
    return society


_LONG_MONTHS = frozenset({1, 3, 5, 7, 8, 10, 12})


@transaction.atomic
def join_society(
    *,
    society_id: int,
    terms: MandateTerms,
    now: datetime,
    evidence_id: int | None = None,
    user_id: int | None = None,
) -> Mandate:
    """A party joins by its mandate to the society; the same again changes nothing.

    `user_id` is who says so for the society; None: the operator does. Raises NotAMemberError where
    the mandate is to somebody else, MemberSpeaksForItselfError, and what `record_mandate` raises.
    """
    Society.objects.get(pk=society_id)
    if terms.to_party_id != society_id:
        raise NotAMemberError("Who joins a society mandates that society.")
    if user_id and speaks_for_itself(terms.from_party_id, society_id, user_id):
        raise MemberSpeaksForItselfError(
            "The party has a studio here, or stands in the register by others' word. The operator "
            "of the store records its mandate, from the signed document."
        )
    return record_mandate(terms=terms, now=now, evidence_id=evidence_id)


@transaction.atomic
def leave_society(*, society_id: int, mandate_id: int, now: datetime) -> Mandate | None:
    """End a member's mandate when its notice has run; the row that holds until then, if any.

    A mandate that ended, or ends before that anyway, stays as it is. Raises NotAMemberError.
    """
    mandate = Mandate.objects.held_by(party_id=society_id).filter(id=mandate_id).first()
    if mandate is None:
        raise NotAMemberError("This mandate is none of this society's.")
    effective_at = now + timedelta(days=mandate.notice_days)
    return revoke_mandate(mandate_id=mandate.pk, effective_at=effective_at, now=now)


def distribute(*, society_id: int, period_end: datetime, now: datetime) -> list[Distribution]:
    """Pass on what came in for uses up to `period_end` and was not distributed yet.

    One distribution for each currency in which there is something; a second call distributes
    nothing more. What was taken from the society after it had distributed it is taken back first.
    Raises PeriodOpenError or AccountShortError; then nothing of that currency moved.
    """
    if period_end > now:
        raise PeriodOpenError("Only what has happened already can be distributed.")
    society = Society.objects.select_related("party").get(pk=society_id)
    accounts = Account.objects.filter(kind=Account.Kind.PAYEE, party=society_id)
    made = []
    for currency in accounts.order_by("currency").values_list("currency", flat=True):
        take_back(society=society, currency=currency, now=now)
        _open_accounts(plan_distribution(society=society, currency=currency, period_end=period_end))
        distribution = _distribute(society, currency, period_end, now)
        if distribution is not None:
            made.append(distribution)
    return made


def _open_accounts(plan: Plan) -> None:
    """Ahead of the transaction, which would else keep sales from opening theirs until its end."""
    account_numbers(_net_by_purse(plan), currency=plan.currency)


@transaction.atomic
def _distribute(
    society: Society, currency: str, period_end: datetime, now: datetime
) -> Distribution | None:
    """All or nothing, one after the other: what was distributed meanwhile is not planned again."""
    lock_distributions(society, currency)
    plan = plan_distribution(society=society, currency=currency, period_end=period_end)
    if not plan.moves:
        return None
    numbers = account_numbers(_net_by_purse(plan), currency=currency)
    own = Account.objects.get(kind=Account.Kind.PAYEE, party=society.pk, currency=currency)
    if sum_of(own).micro < plan.paid_micro + plan.unclaimed_micro:
        raise AccountShortError(
            f"{society.party.name} has less on its account than it must distribute."
        )
    chunks = list(_chunked(_net_by_purse(plan)))
    distribution = _write(plan, numbers, len(chunks), now)
    for place, chunk in enumerate(chunks):
        _post(distribution, place, own.number, chunk, numbers)
    return distribution


def _net_by_purse(plan: Plan) -> dict[Purse, int]:
    nets: dict[Purse, int] = {}
    for line in plan.lines:
        purse = line.purse(plan.society.pk)
        if purse is not None:
            nets[purse] = nets.get(purse, 0) + line.net_micro
    return dict(sorted(nets.items()))


def _chunked(nets: Mapping[Purse, int]) -> Iterator[list[tuple[Purse, int]]]:
    rows = [(purse, micro) for purse, micro in nets.items() if micro]
    for start in range(0, len(rows), accounts_per_entry_max):
        yield rows[start : start + accounts_per_entry_max]


def _write(
    plan: Plan, numbers: Mapping[Purse, int], entry_count: int, now: datetime
) -> Distribution:
    society = plan.society
    assert plan.gross_micro + plan.brought_micro == (
        plan.deduction_micro + plan.paid_micro + plan.unclaimed_micro + plan.carried_micro
    ), "a distribution divides exactly what there is"
    distribution = Distribution.objects.create(
        society=society,
        currency=plan.currency,
        period_end=plan.period_end,
        first_index=plan.stretch.first_index,
        end_index=plan.stretch.end_index,
        distributed_at=now,
        deduction_numerator=society.deduction_numerator,
        deduction_denominator=society.deduction_denominator,
        deduction_for=society.deduction_for,
        rules=society.rules,
        gross_micro=plan.gross_micro,
        brought_micro=plan.brought_micro,
        deduction_micro=plan.deduction_micro,
        paid_micro=plan.paid_micro,
        unclaimed_micro=plan.unclaimed_micro,
        carried_micro=plan.carried_micro,
        line_count=len(plan.lines),
        entry_count=entry_count,
    )
    DistributionLine.objects.bulk_create(
        _rows(plan, distribution, numbers), batch_size=lines_written_at_once
    )
    return distribution


def _rows(
    plan: Plan, distribution: Distribution, numbers: Mapping[Purse, int]
) -> Iterator[DistributionLine]:
    for number, line in enumerate(plan.lines):
        purse = line.purse(plan.society.pk)
        yield DistributionLine(
            distribution=distribution,
            number=number,
            kind=line.kind,
            work_id=line.use.work_id,
            territory=line.use.territory,
            used_at=line.use.used_at,
            party_id=line.recipient.party_id or None,
            reason=line.recipient.reason,
            account_id=numbers[purse] if purse is not None else None,
            gross_micro=line.gross_micro,
            deduction_micro=line.deduction_micro,
            net_micro=line.net_micro,
        )


def _post(
    distribution: Distribution,
    place: int,
    own: int,
    chunk: Sequence[tuple[Purse, int]],
    numbers: Mapping[Purse, int],
) -> None:
    currency = distribution.currency
    whole = sum(micro for _, micro in chunk)
    amounts = [Amount(own, Money(-whole, currency))]
    amounts += [Amount(numbers[purse], Money(micro, currency)) for purse, micro in chunk]
    entry = write_entry(
        kind=Entry.Kind.DISTRIBUTION,
        key=f"distribution:{distribution.pk}:{place}",
        subject=own,
        amounts=amounts,
        now=distribution.distributed_at,
        item=f"distribution:{distribution.society.party.public_id}",
    )
    DistributionEntry.objects.create(distribution=distribution, entry=entry)
