"""A shop with a society whose members wrote a work, and what it sells."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.societies.actions import (
    SocietyTerms,
    set_up_society,
)
from pennywhistle.apps.societies.stretches import log_up_to
from pennywhistle.apps.societies.usage import usage_of
from pennywhistle.engines.clearance.tariff import Tariff
from societies import a_society, mandate, written_by

LATER = NOON + timedelta(days=30)
SMALL = Tariff(
    id=0,
    name="Unit downloads",
    currency="USD",
    percent=Fraction(9, 100),
    track_minimum_micro=10_001,
)
TENTH = SocietyTerms(deduction=Fraction(1, 10), deduction_for="administration")


def a_shop(parts, *, members, tariff=SMALL, terms=TENTH, unidentified_by=""):
    """A shelf whose first track's work these writers wrote; some of them are members."""
    a_store()
    shelf = a_shelf()
    society = a_society(tariff=tariff, unidentified_by=unidentified_by)
    writers = written_by(shelf, parts)
    for name in members:
        mandate(writers[name], society)
    set_up_society(party_id=society.pk, terms=terms)
    return shelf, society, writers


def sell(shelf, count, *, at=NOON, territory="FR", name="buyer", track=1):
    """The same track to so many buyers."""
    for number in range(count):
        check_out(
            buyer_id=a_buyer(f"{name}-{number}@example.org").pk,
            wanted=[shelf.track(track)],
            territory=territory,
            shown=usd("0.14"),
            key=f"{name}-{number}",
            now=at + timedelta(minutes=number),
        )
    sequencer.order_waiting()


def balance(party):
    account = Account.objects.filter(kind=Account.Kind.PAYEE, party=party).first()
    return sum_of(account).micro if account else 0


def unclaimed():
    accounts = Account.objects.filter(kind=Account.Kind.UNCLAIMED)
    return {account.code: sum_of(account).micro for account in accounts}


def usage(society, first_index=0):
    stretch = replace(log_up_to(LATER + timedelta(days=9)), first_index=first_index)
    return usage_of(society.society, "USD", stretch)
