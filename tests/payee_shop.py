"""Payees with money on sealed pages and bank details in force, for tests of payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from builders import a_store, a_user
from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.payouts.details import DetailsSaid, record_details
from pennywhistle.apps.payouts.models import Details, Run
from pennywhistle.apps.payouts.running import make_run
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.signing import the_signing_log
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import Money

# Sales in November, a run in December: days of the tests' own, whatever the real date.
SOLD_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUT_AT = datetime(2026, 12, 1, tzinfo=UTC)
RUN_AT = datetime(2026, 12, 3, 9, tzinfo=UTC)
IBAN = "DE89370400440532013000"
OTHER_IBAN = "AT611904300234573201"


@dataclass(frozen=True)
class Payee:
    """A party that somebody acts for, with an account in a currency."""

    party: Party
    user: User
    account: Account


def a_payee(
    name: str = "Ada", *, currency: str = "EUR", iban: str = IBAN, holder: str = "Ada Lovelace"
) -> Payee:
    """Whose details, if an IBAN is given, are in force since before the sales."""
    party = ensure_party(name=name)
    user = a_user(f"{name.lower()}@example.org")
    let_act(party_id=party.pk, user_id=user.pk)
    account = open_account(kind=Account.Kind.PAYEE, currency=currency, party_id=party.pk)
    payee = Payee(party, user, account)
    if iban:
        enter(payee, iban, at=SOLD_AT - timedelta(days=10), holder=holder)
    return payee


def enter(payee: Payee, iban: str, *, at: datetime, holder: str = "Ada Lovelace") -> Details:
    """Bank details, as the payee enters them."""
    said = DetailsSaid(payee.party.pk, payee.user.pk, Details.Kind.IBAN, holder, "DE", iban)
    return record_details(said=said, now=at)


def earn(payee: Payee, amount: str, *, territory: str = "DE", at: datetime = SOLD_AT) -> Entry:
    """A sale's part or, below zero, what a refund takes back; from outside, without a buyer."""
    currency = payee.account.currency
    outside = open_account(kind=Account.Kind.CLEARING, currency=currency, code="fakepay")
    micro = Money.parse(amount.removeprefix("-"), currency=currency).micro
    micro = -micro if amount.startswith("-") else micro
    return Entry.objects.create(
        id=uuid4(),
        kind=Entry.Kind.SALE,
        key=f"earned:{Entry.objects.count()}",
        occurred_at=at,
        subject_id=outside.number,
        item="track:none",
        territory=territory,
        currency=currency,
        accounts=[payee.account.number, outside.number],
        amounts_micro=[micro, -micro],
    )


def seal(*, at: datetime = SOLD_AT) -> None:
    """Close a page over everything."""
    log = the_signing_log()
    work.order_waiting()
    work.order_announced()
    work.close_page(log=log, now=at)
    work.publish(log=log)


def an_operator(email: str = "operator@example.org") -> User:
    """Somebody of the store's."""
    user = a_user(email)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return user


def a_run(user: User, *, currency: str = "EUR", cut_at: datetime = CUT_AT) -> Run:
    """The run over November."""
    return make_run(currency=currency, cut_at=cut_at, user_id=user.pk, now=RUN_AT)


def a_euro_store() -> None:
    """A store whose currency is the euro."""
    a_store(currency="EUR")
