"""A store at home in Germany that reports by the one-stop shop, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, keep, usd
from pennywhistle.apps.invoices.issuing import issue_due
from pennywhistle.apps.invoices.models import Supply
from pennywhistle.apps.invoices.recording import record_supplies
from pennywhistle.apps.invoices.settling import settle_due
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.ledger.reversing import write_refund
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.taxes.businesses import Business
from pennywhistle.apps.taxes.models import VatNumber
from pennywhistle.apps.taxes.numbers import ask_due, state_vat_number
from pennywhistle.apps.taxes.register import Answer
from pennywhistle.apps.taxes.terms import TermsSaid, set_seller_terms
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.period import Period

TERMS = {
    "legal_name": "Test Records GmbH",
    "street": "Ring 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "email": "tax@example.org",
    "scheme": "oss",
    "vat_number": "DE136695976",
}
RATES = {"DE": Fraction(19, 100), "FR": Fraction(1, 5), "FI": Fraction(51, 200)}
FRENCH = "FR61954506077"
TILLEUL = Business("Maison Tilleul", "1 rue du Lac", "75001", "Paris")


def with_terms(*, valid_from: datetime = NOON - timedelta(days=400), **changed: object) -> None:
    """Terms of the seller; later ones begin when they are recorded."""
    set_seller_terms(
        said=TermsSaid(**TERMS | changed), valid_from=valid_from, now=min(valid_from, NOON)
    )


def a_taxed_store(*, track_price: str = "1.19", **terms: object) -> Shelf:
    """Three tracks at this price, and rates in three states."""
    a_store()
    for territory, rate in RATES.items():
        set_tax_rate(
            territory=territory, rate=rate, valid=Period.always(), source="A law", now=NOON
        )
    with_terms(**terms)
    shelf = a_shelf(track_price=track_price, album_price="2.99")
    keep()
    return shelf


def read_all(now: datetime = NOON) -> None:
    """Let the log take what waits, and everything that follows from it happen."""
    while order_waiting():
        pass
    while record_supplies(now=now) or settle_due(now=now):
        while order_waiting():
            pass


def issue_all(now: datetime = NOON) -> None:
    read_all(now)
    while issue_due(now=now):
        pass


@dataclass
class Purchases:
    """Somebody who buys track after track."""

    shelf: Shelf
    country: str = "FR"
    balance: str = "10.00"
    email: str = "buyer@example.org"
    user: User = field(init=False)

    def __post_init__(self) -> None:
        self.user = a_buyer(self.email, balance=self.balance)
        User.objects.filter(id=self.user.pk).update(country=self.country)
        self.user.refresh_from_db()

    def buy(self, *numbers: int, price: str = "1.19", at: datetime = NOON) -> UUID:
        """Buy tracks at one price each; answers the order's id."""
        total = usd(price)
        for _ in numbers[1:]:
            total += usd(price)
        return check_out(
            buyer_id=self.user.pk,
            wanted=[self.shelf.track(number) for number in numbers],
            territory=self.country,
            shown=total,
            key=f"key-{self.user.pk}-{'-'.join(map(str, numbers))}",
            now=at,
        )

    def refund(self, order_id: UUID, place: int = 0, at: datetime = NOON) -> None:
        """Take one line of an order back."""
        line = OrderLine.objects.filter(order=order_id).order_by("entry_id")[place]
        write_refund(sale_id=line.pk, now=at)


def ref(shelf: Shelf, number: int) -> ItemRef:
    return shelf.track(number)


class Yes:
    """A register to which every number is valid."""

    code = "fake"

    def ask(self, *, number: str) -> Answer:
        return Answer(is_valid=True, document={"name": "Maison Tilleul", "number": number})


def confirm_business(user: User, number: str = FRENCH, at: datetime = NOON) -> VatNumber:
    """They buy for a business, and a register confirms it."""
    stated = state_vat_number(user_id=user.pk, text=number, business=TILLEUL, now=at)
    ask_due(register=Yes(), now=at)
    return stated


def on(kind: str, code: str = "") -> int:
    """What lies on an account, in micro-units."""
    accounts = Account.objects.filter(kind=kind, code=code)
    return sum(Posting.objects.on(accounts).values_list("amount_micro", flat=True))


def supplies() -> list[tuple[str, str, str, int, int]]:
    """Kind, state, treatment, gross and tax of everything that was recorded."""
    return list(
        Supply.objects.order_by("id").values_list(
            "kind", "state", "treatment", "gross_micro", "tax_micro"
        )
    )
