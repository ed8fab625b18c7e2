"""A run: every payee's account of a currency is looked at once, at a cut, and payouts proposed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.payouts.due import all_sums, due_of
from pennywhistle.apps.payouts.errors import CutInvalidError
from pennywhistle.apps.payouts.known import known_of
from pennywhistle.apps.payouts.looking import Cut, Look, Why, look_at
from pennywhistle.apps.payouts.models import Part, Payout, Run, Skipped
from pennywhistle.apps.proof.models import Leaf, Waiting
from pennywhistle.apps.statements.pages import sealed_pages
from pennywhistle.kernel.money import MICRO, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from pennywhistle.apps.payouts.known import Known

_JANUARY = 1
_DETAIL_LENGTH_MAX = 60
ROWS_AT_ONCE = 1_000


def month_end_before(day: date) -> datetime:
    """The end of the newest month that is over, as the first instant after it."""
    return datetime.combine(day.replace(day=1), time.min, UTC)


def newest_page_end() -> datetime | None:
    """When the newest sealed page was closed; None before the first."""
    return sealed_pages().values_list("closed_at", flat=True).last()


@transaction.atomic
def make_run(*, currency: str, cut_at: datetime, user_id: int, now: datetime) -> Run:
    """Look at every account, propose what is payable, and note why the others are not paid.

    The cut is the end of a month or of a page. The same cut again answers with the run that
    stands: a period is paid once, whoever asks, and however many ask at once.

    Raises:
        CutInvalidError: the period is not over, or the log does not cover it yet.
    """
    _lock(currency)
    known = Run.objects.filter(currency=currency, cut_at=cut_at).first()
    if known is not None:
        return known
    cut = cut_of(cut_at, now=now)
    run = Run.objects.create(
        currency=currency,
        cut_at=cut_at,
        end_index=cut.end_index,
        is_month=cut.is_month,
        is_sweep=cut.is_sweep,
        made_by_id=user_id,
        made_at=now,
    )
    _look_at_all(run, now)
    return run


@transaction.atomic
def look_again(*, run_id: int, now: datetime) -> int:
    """Propose what a run left out and is payable by now; answers how many payouts that makes.

    For what was missing: a rate of exchange, a form, bank details, or what was dropped.
    """
    run = Run.objects.get(id=run_id)
    _lock(run.currency)
    before = run.payouts.count()
    _look_at_all(run, now)
    return run.payouts.count() - before


def _lock(currency: str) -> None:
    """Until the commit: a run reads sums that another one would change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('payouts_run'), hashtext(%s))", [currency]
        )


def _look_at_all(run: Run, now: datetime) -> None:
    cut = Cut(run.cut_at, run.end_index, run.is_month, run.is_sweep)
    coin = micro_per_minor_unit(run.currency)
    sums = {
        number: each
        for number, each in all_sums(currency=run.currency, end_index=run.end_index).items()
        if each.due.micro >= coin
    }
    done = run.payouts.exclude(state=Payout.State.DROPPED).values("source")
    accounts = list(
        Account.objects.filter(number__in=sums)
        .exclude(number__in=done)
        .select_related("party")
        .order_by("number")
    )
    known = known_of(accounts, at=now, end_index=run.end_index)
    looks = []
    for account in accounts:
        due = sums[account.number].due
        if account.party_id in known.payers:
            due = due_of(account, sums[account.number], end_index=run.end_index, now=now)
        looks.append(look_at(account, due=due, cut=cut, known=known))
    _keep_skipped(run, [look for look in looks if look.why is not None])
    _keep_payouts(run, [look for look in looks if look.why is None], known, now)


def cut_of(cut_at: datetime, *, now: datetime) -> Cut:
    """Until where in the log a cut reaches. Raises CutInvalidError where that is not settled."""
    if cut_at > now:
        raise CutInvalidError("The period has not ended: what is due is known afterwards.")
    pages = sealed_pages()
    is_month = (cut_at.day, cut_at.timetz()) == (1, time.min.replace(tzinfo=UTC))
    # A month's pages are those of its statement; any other cut is itself the end of a page.
    later = pages.filter(closed_at__gte=cut_at) if is_month else pages.filter(closed_at__gt=cut_at)
    after = later.values_list("first_index", flat=True).first()
    last = pages.values_list("end_index", flat=True).last()
    if last is None:
        raise CutInvalidError("No page of the log is sealed yet: what is due stands on pages.")
    end_index = last if after is None else after
    if after is None and _is_waiting(end_index, cut_at):
        raise CutInvalidError(
            "There is more in this period than the log's pages cover yet. Try again when the next "
            "page is closed, an hour from now at the latest."
        )
    return Cut(cut_at, end_index, is_month, is_sweep=is_month and cut_at.month == _JANUARY)


def _is_waiting(end_index: int, cut_at: datetime) -> bool:
    before = {"entry__occurred_at__lt": cut_at}
    late = Leaf.objects.filter(log_index__gte=end_index, entry__isnull=False, **before)
    return Waiting.objects.filter(**before).exists() or late.exists()


def _keep_skipped(run: Run, looks: Iterable[Look]) -> None:
    """Why each is left out; the first reason stays."""
    Skipped.objects.bulk_create(
        (
            Skipped(
                run=run,
                account=look.account,
                due_micro=look.due.micro,
                why=look.why,
                detail=look.detail[:_DETAIL_LENGTH_MAX],
            )
            for look in looks
            if look.why is not None and look.why is not Why.NOTHING
        ),
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )


def _keep_payouts(run: Run, looks: Iterable[Look], known: Known, now: datetime) -> None:
    made = [(look, _payout(run, look, known, now)) for look in looks]
    Payout.objects.bulk_create((payout for _, payout in made), batch_size=ROWS_AT_ONCE)
    Part.objects.bulk_create(
        (
            Part(
                payout=payout,
                territory=part.territory,
                due_micro=part.due.micro,
                converted_micro=part.converted.micro,
                rate=Decimal(part.rate.numerator) / Decimal(part.rate.denominator),
                withheld_micro=part.withheld.micro,
                source=part.source,
            )
            for look, payout in made
            for part in look.parts
        ),
        batch_size=ROWS_AT_ONCE,
    )


def _payout(run: Run, look: Look, known: Known, now: datetime) -> Payout:
    assert look.paid is not None
    assert look.converted is not None
    assert look.details is not None
    currency = look.paid.currency
    return Payout(
        run=run,
        source=look.account,
        account=_account_in(look.account, currency),
        details=look.details,
        currency=currency,
        first_index=min(known.first_unpaid(look.account), run.end_index),
        end_index=run.end_index,
        due_micro=look.due.micro,
        converted_micro=look.converted.micro,
        rate=look.rate,
        withheld_micro=look.withheld.micro,
        paid_micro=look.paid.micro,
        people_needed=2 if look.paid.micro > settings.PAYOUT_TWO_PEOPLE_ABOVE * MICRO else 1,
        proposed_at=now,
    )


def _account_in(account: Account, currency: str) -> Account:
    if account.currency == currency:
        return account
    return open_account(kind=Account.Kind.PAYEE, currency=currency, party_id=account.party_id)
