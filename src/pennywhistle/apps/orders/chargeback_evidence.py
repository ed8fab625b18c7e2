"""What speaks for the store where a bank takes a payment back: made of what is on record.

It is written in English, which banks read, and holds what they ask for: who bought what and when,
from which address, which files were fetched when, and which terms were agreed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.orders.models import Download, Order, OrderLine, Refund, Waiver
from pennywhistle.apps.orders.returns import terms_at
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.abilities import Evidence
from pennywhistle.apps.payments.models import Trace
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from datetime import datetime

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
