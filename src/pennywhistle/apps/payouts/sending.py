"""Sending: a file for the bank, a provider that pays out, or by hand with a reference."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from sepaxml import SepaTransfer
from sepaxml.validation import ValidationError

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payouts.approving import locked
from pennywhistle.apps.payouts.details import account_of, name_for_bank
from pennywhistle.apps.payouts.errors import (
    DetailsChangedError,
    DetailsInvalidError,
    FileRefusedError,
    NothingToSendError,
    ReferenceMissingError,
    StateWrongError,
    StoreAccountMissingError,
)
from pennywhistle.apps.payouts.letters import tell
from pennywhistle.apps.payouts.limits import REFERENCE_LENGTH_MAX
from pennywhistle.apps.payouts.models import BankFile, Details, Letter, Payout
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

logger = logging.getLogger(__name__)

SEPA_CURRENCY = "EUR"
SCHEMAS = ("pain.001.001.03", "pain.001.001.09")
TRANSFERS_A_FILE_MAX = 5_000


@dataclass(frozen=True, slots=True)
class FileAsked:
    """Which file somebody wants, and on which day the bank is to carry it out."""

    user_id: int
    schema: str
    on: date


@transaction.atomic
def write_bank_file(*, asked: FileAsked, now: datetime) -> BankFile:
    """Write all approved transfers into one file, kept as it is; with it they count as sent.

    All or nothing, and each transfer in one file only: who asks at the same time gets the others,
    or hears that none is left. The file can be fetched again, the same bytes.

    Raises:
        NothingToSendError: no approved payout with an IBAN waits.
        StoreAccountMissingError: the settings name no account of the store's.
        DetailsChangedError: money came back from an account to which one of them would go.
        FileRefusedError: a holder, or something else, is not what a bank takes.
    """
    if asked.schema not in SCHEMAS:
        raise NothingToSendError(f"Banks take {' or '.join(SCHEMAS)}.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payouts_file'))")
    payouts = list(
        Payout.objects.to_file(currency=SEPA_CURRENCY)
        .select_for_update(of=("self",))
        .select_related("details", "source")[:TRANSFERS_A_FILE_MAX]
    )
    if not payouts:
        raise NothingToSendError("No approved transfer in EUR to an IBAN waits for a file.")
    for payout in payouts:
        require_good(payout)
    content, message_id = _sepa(payouts, asked)
    file = BankFile.objects.create(
        message_id=message_id,
        schema=asked.schema,
        currency=SEPA_CURRENCY,
        content=content,
        transfer_count=len(payouts),
        total_micro=sum(payout.paid_micro for payout in payouts),
        made_by_id=asked.user_id,
        made_at=now,
    )
    for payout in payouts:
        payout.bank_file = file
        mark_sent(payout, Payout.Way.SEPA, payout.end_to_end_id, now)
    return file


@transaction.atomic
def send_by_hand(*, payout_id: UUID, reference: str, now: datetime) -> Payout:
    """Note that an approved payout was sent by hand, and what its receipt says; once.

    Raises:
        ReferenceMissingError: a reference is what it is found by later.
        StateWrongError: it is not approved, or was sent otherwise.
        DetailsChangedError: money came back from that account meanwhile.
    """
    word = _reference(reference)
    payout = locked(payout_id)
    if payout.state == Payout.State.SENT and payout.reference == word:
        return payout
    if payout.state != Payout.State.APPROVED:
        raise StateWrongError(f"This payout is {payout.get_state_display()}.")
    require_good(payout)
    mark_sent(payout, Payout.Way.MANUAL, word, now)
    return payout


def _reference(text: str) -> str:
    word = " ".join(text.split())[:REFERENCE_LENGTH_MAX]
    if not word:
        raise ReferenceMissingError("Write the reference of the transfer: it is found by that.")
    return word


def require_good(payout: Payout) -> None:
    """The approved details hold whatever was entered since; but not when money came back there."""
    came_back = Payout.objects.filter(
        details=payout.details_id, state=Payout.State.RETURNED
    ).exists()
    if came_back:
        raise DetailsChangedError(
            f"Money sent to {payout.details.masked} came back: withdraw payout {payout.id}."
        )


def mark_sent(payout: Payout, way: str, reference: str, now: datetime) -> None:
    """Note within a transaction that holds it that somebody was told of a payout."""
    payout.state, payout.way, payout.sent_at = Payout.State.SENT, way, now
    payout.reference = reference
    payout.save(update_fields=["state", "way", "sent_at", "reference", "bank_file"])
    tell(payout, about=Letter.About.SENT, now=now)


def _sepa(payouts: Sequence[Payout], asked: FileAsked) -> tuple[bytes, str]:
    """The file and the id of its message; checked against the schema by what writes it."""
    if not (settings.PAYOUT_IBAN or settings.BANK_IBAN):
        raise StoreAccountMissingError(
            "Name the account that pays in PENNYWHISTLE_PAYOUT_IBAN, and start the store again."
        )
    try:
        iban, bic = account_of(Details.Kind.IBAN, settings.PAYOUT_IBAN or settings.BANK_IBAN)
    except DetailsInvalidError as error:
        raise StoreAccountMissingError(f"PENNYWHISTLE_PAYOUT_IBAN: {error}") from error
    store = the_store()
    config = {
        "name": settings.PAYOUT_HOLDER or settings.BANK_NAME or store.name,
        "IBAN": iban,
        "currency": SEPA_CURRENCY,
        # Each transfer is booked by itself: the bank's statement then names each payout.
        "batch": False,
    }
    if bic:
        config["BIC"] = bic
    transfer = SepaTransfer(config, schema=asked.schema, clean=True)
    for payout in payouts:
        if not name_for_bank(payout.details.holder):
            raise FileRefusedError(
                f"A bank reads no letter of the holder's name: withdraw payout {payout.id}."
            )
        payment = {
            "name": payout.details.holder,
            "IBAN": payout.details.account,
            # In cents: a payout is a whole number of them, and the database keeps it so.
            "amount": payout.paid_micro // micro_per_minor_unit(SEPA_CURRENCY),
            "execution_date": asked.on,
            "description": f"{store.name} {payout.end_to_end_id}",
            "endtoend_id": payout.end_to_end_id,
        }
        if payout.details.bic:
            payment["BIC"] = payout.details.bic
        transfer.add_payment(payment)
    try:
        content = bytes(transfer.export(validate=True))
    except ValidationError as error:
        raise FileRefusedError(f"This would be no right {asked.schema}: {error}") from error
    return content, str(transfer.msg_id)
