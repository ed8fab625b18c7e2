"""What speaks for the store where a bank takes a payment back: made of what is on record.

It is written in English, which banks read, and holds what they ask for: who bought what and when,
from which address, which files were fetched when, and which terms were agreed to.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.orders.models import Download, Order, OrderLine, Refund, Waiver
from pennywhistle.apps.orders.returns import terms_at
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.abilities import Evidence
from pennywhistle.apps.payments.models import LossShare, Trace
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.apps.payments.models import Chargeback, TopUp

orders_max = 200
downloads_max = 1_000
_FORM = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Pack:
    """The parts of the evidence, each a text of lines; empty where nothing is on record."""

    payment: str
    orders: str
    downloads: str
    terms: str
    evidence: Evidence

    @property
    def text(self) -> str:
        """All of it, as one file."""
        parts = {
            "Payment": self.payment,
            "What was bought with it": self.orders,
            "Files that were fetched": self.downloads,
            "Terms": self.terms,
        }
        return "\n\n".join(
            f"{title}\n{text or 'Nothing on record.'}" for title, text in parts.items()
        )


def pack_of(row: Chargeback) -> Pack:
    """All that is on record of a disputed payment and what its buyer did since."""
    top_up = row.top_up
    since = top_up.settled_at or top_up.created_at
    orders = list(Order.objects.placed_by(user=top_up.user).filter(placed_at__gte=since))
    orders = orders[-orders_max:]
    log = _downloads(orders)
    trace = Trace.objects.filter(top_up=top_up).first()
    return Pack(
        payment=_payment(top_up, trace),
        orders=_orders(orders),
        downloads="\n".join(f"{at:{_FORM}}  {title}" for at, title in log),
        terms=_terms(orders, since),
        evidence=Evidence(
            buyer_name=top_up.user.name,
            buyer_email=top_up.user.email,
            buyer_address_ip=trace.address if trace else "",
            product=f"Prepaid balance of {the_store().name}, spent on music as downloads.",
            delivered_on=log[0][0].date() if log else since.date(),
            log="\n".join(f"{at:{_FORM}}  {title}" for at, title in log),
            refund_terms=_terms(orders, since),
            statement=f"{_payment(top_up, trace)}\n\n{_orders(orders)}",
        ),
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """What a payee earned by a disputed payment, and what its contract says of it."""

    payee: str
    earned: Money
    part: Fraction
    contract: str

    @property
    def asked(self) -> Money:
        """What the payee may be asked for."""
        return Money(int(self.earned.micro * self.part), self.earned.currency)


def shared_losses(row: Chargeback) -> list[Shared]:
    """The payees of what was bought with it whose contract, when it was paid in, shares losses."""
    top_up = row.top_up
    since = top_up.settled_at or top_up.created_at
    sales = OrderLine.objects.filter(
        order__buyer=top_up.user, order__placed_at__gte=since, refund__isnull=True
    )
    ids = list(sales.order_by("order__placed_at").values_list("pk", flat=True)[:orders_max])
    earned: dict[int, int] = defaultdict(int)
    for entry in Entry.objects.filter(id__in=ids):
        for number, micro in zip(entry.accounts, entry.amounts_micro, strict=True):
            earned[number] += micro
    payees = Account.objects.filter(kind=Account.Kind.PAYEE, number__in=earned)
    by_party = {account.party_id: earned[account.number] for account in payees}
    agreed = LossShare.objects.at(since).of_parties([each for each in by_party if each])
    return [
        Shared(
            each.party.name, Money(by_party[each.party_id], row.currency), each.part, each.contract
        )
        for each in agreed.select_related("party").order_by("party__name")
    ]


def _payment(top_up: TopUp, trace: Trace | None) -> str:
    amount = Money(top_up.amount_micro, top_up.currency)
    buyer, by = top_up.user, f"{top_up.provider} ({top_up.provider_ref})"
    lines = [
        f"The buyer, {buyer.email}, has had an account since {buyer.date_joined:{_FORM}}.",
        f"Signed in, they asked on {top_up.created_at:{_FORM}} to pay in {amount} by {by}.",
    ]
    if top_up.settled_at:
        lines.append(f"The payment was confirmed on {top_up.settled_at:{_FORM}}, and credited.")
    if trace is not None:
        lines.append(f"They came from the network address {trace.address or 'unknown'}.")
        if trace.is_challenged:
            lines.append("The cardholder was authenticated by their bank (3-D Secure).")
    return "\n".join(lines)


def _orders(orders: list[Order]) -> str:
    given_back = set(Refund.objects.filter(line__order__in=orders).values_list("line", flat=True))
    lines = OrderLine.objects.filter(order__in=orders).select_related("order", "release", "track")
    return "\n".join(
        f"{line.order.placed_at:{_FORM}}  {Money(line.price_micro, line.order.currency)}  "
        f"{_title(line)}{'  (refunded)' if line.pk in given_back else ''}  sale {line.pk}"
        for line in lines.order_by("order__placed_at", "pk")
    )


def _title(line: OrderLine) -> str:
    if line.track is None:
        return f"{line.release.title} by {line.release.artist_line}"
    return f"{line.track.title} by {line.track.artist_line}"


def _downloads(orders: list[Order]) -> list[tuple[datetime, str]]:
    found = (
        Download.objects.filter(entitlement__line__order__in=orders)
        .select_related("track")
        .order_by("started_at", "id")[:downloads_max]
    )
    return [(each.started_at, each.track.title) for each in found]


def _terms(orders: list[Order], at: datetime) -> str:
    terms = terms_at(at)
    lines = [
        f"Refunds: within {terms.days} days, with at most {terms.downloads_max} tracks fetched.",
        "Unspent money is paid back at any time.",
    ]
    lines += [
        f"Agreed to on {waiver.given_at:{_FORM}}: {waiver.words}"
        for waiver in Waiver.objects.filter(order__in=orders).order_by("given_at")
    ]
    return "\n".join(lines)
