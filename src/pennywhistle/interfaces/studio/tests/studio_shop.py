"""Suppliers for tests of the studio, what they delivered, and what they sold."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.test import Client

from builders import NOON, Shelf, a_buyer, a_shelf, a_user, usd
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.intake.actions import take_works_file
from pennywhistle.apps.intake.models import Delivery, WorksFile
from pennywhistle.apps.intake.works.recording import check_works_file
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.signing import the_signing_log
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.engines.clearance import Right
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True)
class Supplier:
    """Somebody who acts for a label and for the first payee of its release."""

    user: User
    client: Client
    shelf: Shelf
    account: Account


def a_supplier(title: str, email: str) -> Supplier:
    shelf = a_shelf(title)
    user = a_user(email)
    for party in (shelf.release.supplier, shelf.payees[0]):
        let_act(party_id=party.pk, user_id=user.pk)
    client = Client()
    client.force_login(user)
    account = Account.objects.get(kind=Account.Kind.PAYEE, party=shelf.payees[0])
    return Supplier(user, client, shelf, account)


def a_works_file(supplier: Supplier) -> WorksFile:
    """A file of works that was checked and waits for the sender's word."""
    sent = take_works_file(
        submitter_id=supplier.shelf.release.supplier_id,
        source_name=f"{supplier.user.pk}.csv",
        chunks=[table(row(work_title=f"Song of {supplier.user.pk}")).encode()],
        now=NOON,
    )
    check_works_file(works_file_id=sent.pk, now=NOON)
    sent.refresh_from_db()
    return sent


def a_dispute(supplier: Supplier) -> Dispute:
    """Somebody else claims the whole of the supplier's first recording, too."""
    recording = supplier.shelf.tracks[0].recording
    claim = Claim(
        party_id=ensure_party(name="Rival Label").pk,
        right=Right.MASTER,
        role="Producer",
        part=Fraction(1),
        territories=Territories.worldwide(),
        valid=Period.always(),
    )
    record_shares(subject=Subject(recording_id=recording.pk), claims=[claim], now=NOON)
    return Dispute.objects.get(recording=recording)


def a_delivery(supplier: Supplier, **fields) -> Delivery:
    """A delivery whose row is there; its report is what the test says."""
    wanted = {
        "supplier": supplier.shelf.release.supplier,
        "source_name": "a folder",
        "content_digest": "0" * 64,
        "created_at": NOON,
        **fields,
    }
    return Delivery.objects.create(**wanted)


def sell_all(supplier: Supplier, *, at=NOON) -> None:
    """Sell each track of a release to somebody, and close a page over it."""
    buyer = a_buyer(f"buyer-of-{supplier.shelf.release.slug}@example.org")
    for number in range(1, len(supplier.shelf.tracks) + 1):
        check_out(
            buyer_id=buyer.pk,
            wanted=[supplier.shelf.track(number)],
            territory="US",
            shown=usd("0.14"),
            key=f"{supplier.shelf.release.slug}-{number}",
            now=at,
        )
    work.order_waiting()
    work.close_page(log=the_signing_log(), now=at)
    work.publish(log=the_signing_log())
