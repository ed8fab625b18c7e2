"""Opening and closing mailboxes and keys, and looking into them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from pennywhistle.apps.intake.models import Mailbox, SupplierKey
from pennywhistle.apps.intake.ways import keys, looking
from pennywhistle.apps.intake.ways.limits import KEYS_MAX
from pennywhistle.apps.parties.models import Party
from pennywhistle.machine.storage import s3

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.ways.looking import Look

UPLOAD = "upload"
_LABEL_CHARS_MAX = 120


class MailboxError(Exception):
    """The mailbox cannot be opened like that."""

    code = "mailbox"


class TooManyKeysError(Exception):
    """The supplier has as many keys as one may have."""

    code = "too-many-keys"


def open_mailbox(
    *, supplier_id: int, location: str, now: datetime, accepts_missing_start: bool = False
) -> Mailbox:
    """Open a mailbox for a supplier; the same again answers with the one that is open.

    Args:
        supplier_id: whose messages arrive there.
        location: a folder, s3://bucket/prefix, or "upload" for HTTPS uploads with a key.
        now: the instant.
        accepts_missing_start: the contract says that a deal without a start holds (E5).

    Raises:
        MailboxError: the folder is not there, or is the store's own; the location is another
            supplier's, or lies within one that is open, or around it; the address has no form.
    """
    kind, location = _kind_of(location)
    _check_apart(location)
    try:
        with transaction.atomic():
            # One after the other for a supplier, so that the same twice is one.
            Party.objects.select_for_update(no_key=True).get(id=supplier_id)
            mailbox, _ = Mailbox.objects.open().get_or_create(
                supplier_id=supplier_id,
                kind=kind,
                location=location,
                defaults={"opened_at": now, "accepts_missing_start": accepts_missing_start},
            )
    except IntegrityError as error:
        raise MailboxError(f"{location} is another supplier's mailbox.") from error
    return mailbox


def _check_apart(location: str) -> None:
    """One mailbox within another would show its parcels to somebody else."""
    taken = Mailbox.objects.open().exclude(location__in=["", location])
    for other in taken.values_list("location", flat=True) if location else ():
        if f"{other}/".startswith(f"{location}/") or f"{location}/".startswith(f"{other}/"):
            raise MailboxError(f"{location} lies within another mailbox, or around it.")


def _kind_of(location: str) -> tuple[Mailbox.Kind, str]:
    if location == UPLOAD:
        return Mailbox.Kind.UPLOAD, ""
    if location.startswith("s3://"):
        try:
            s3.Prefix(location)
        except (s3.AddressError, s3.UnreachableError) as error:
            raise MailboxError(str(error)) from error
        bucket, *steps = [step for step in location.removeprefix("s3://").split("/") if step]
        return Mailbox.Kind.S3, "s3://" + "/".join([bucket, *steps])
    folder = Path(location).expanduser()
    if not folder.is_dir():
        raise MailboxError(f"{location} is not a folder.")
    folder = folder.resolve()
    data = Path(settings.DATA).resolve()
    if folder == data or data in folder.parents or folder in data.parents:
        raise MailboxError(f"{location} is where the store keeps its own files.")
    return Mailbox.Kind.FOLDER, str(folder)


def close_mailbox(*, mailbox_id: int, now: datetime) -> None:
    """Look into a mailbox no more; what was taken from it stays. Twice is once."""
    Mailbox.objects.open().filter(id=mailbox_id).update(closed_at=now)


@transaction.atomic
def create_key(*, supplier_id: int, label: str, now: datetime) -> tuple[SupplierKey, str]:
    """Make a key for a supplier's program; the key itself is answered once and kept nowhere.

    Raises TooManyKeysError.
    """
    Party.objects.select_for_update(no_key=True).get(id=supplier_id)
    valid = SupplierKey.objects.filter(supplier_id=supplier_id, revoked_at__isnull=True)
    if valid.count() >= KEYS_MAX:
        raise TooManyKeysError(f"There are {KEYS_MAX} keys; revoke one that is not used.")
    written = keys.new_key()
    key = SupplierKey.objects.create(
        supplier_id=supplier_id,
        label=label.strip()[:_LABEL_CHARS_MAX] or "?",
        key_sha256=keys.digest(written),
        created_at=now,
    )
    return key, written


def revoke_key(*, key_id: int, now: datetime) -> None:
    """Let a key open nothing any more, from the next request on. Twice is once."""
    SupplierKey.objects.filter(id=key_id, revoked_at__isnull=True).update(revoked_at=now)


def look_into(*, mailbox_id: int, now: datetime) -> Look:
    """Take what is complete in a mailbox, queue its messages, write what is to be acknowledged.

    Harmless at any time, twice, and at once with somebody else. What cannot be reached is told in
    the mailbox's `trouble`, and nothing is lost by it.
    """
    return looking.look(mailbox_id=mailbox_id, now=now)


def look_into_all(*, now: datetime) -> dict[int, Look]:
    """Look into every open mailbox, one after the other; by the mailbox's id."""
    ids = list(Mailbox.objects.looked_into().order_by("id").values_list("id", flat=True))
    return {mailbox_id: look_into(mailbox_id=mailbox_id, now=now) for mailbox_id in ids}
