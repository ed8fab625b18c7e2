"""Renaming a repertoire, and taking off it what a mandate's notice allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.actions.mandates import (
    MANDATES,
    NoticeTooShortError,
    remove_from_repertoire,
)
from pennywhistle.apps.rights.closing import close, lock, record, restate
from pennywhistle.apps.rights.models import Mandate, Repertoire, RepertoireMember
from pennywhistle.apps.rights.words import RegisterError, RowClosedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.rights.actions.ownership import Subject


class RepertoireNameTakenError(RegisterError):
    """The party has another list of this name."""

    code = "repertoire-name-taken"


@transaction.atomic
def rename_repertoire(*, repertoire_id: int, name: str, now: datetime) -> Repertoire:
    """The same list under another name: a new row with its members and the mandates that use it.

    Rows of the register are closed and never edited, so that what was read stays as it was. The
    same name again changes nothing. Raises RowClosedError or RepertoireNameTakenError.
    """
    lock(MANDATES)
    known = Repertoire.objects.open().filter(id=repertoire_id).first()
    if known is None:
        raise RowClosedError(f"Repertoire {repertoire_id} is closed, or never was.")
    if known.name == name:
        return known
    if Repertoire.objects.open().filter(owner_id=known.owner_id, name=name).exists():
        raise RepertoireNameTakenError(f"{known.owner} has another list named {name}.")
    renamed = record(Repertoire, now=now, owner_id=known.owner_id, name=name)
    members = RepertoireMember.objects.open().filter(repertoire_id=known.pk)
    RepertoireMember.objects.bulk_create(
        RepertoireMember(
            repertoire=renamed,
            work_id=member.work_id,
            recording_id=member.recording_id,
            recorded_at=now,
        )
        for member in members.order_by("id")
    )
    for mandate in Mandate.objects.open().filter(repertoire_id=known.pk).order_by("id"):
        restate(mandate, now=now, repertoire_id=renamed.pk)
    members.update(closed_at=now)
    close(known, now=now)
    return renamed


@transaction.atomic
def shorten_repertoire(*, repertoire_id: int, subjects: Sequence[Subject], now: datetime) -> int:
    """Take works and recordings off a list as its owner may; how many of them were on it.

    Raises NoticeTooShortError where a mandate that needs notice uses the list: what is taken off
    would end for its holder today.
    """
    lock(MANDATES)
    bound = Mandate.objects.open().filter(repertoire_id=repertoire_id, notice_days__gt=0)
    mandate = bound.select_related("to_party").order_by("-notice_days").first()
    if mandate is not None:
        raise NoticeTooShortError(
            f"The mandate for {mandate.to_party} uses this list and needs {mandate.notice_days} "
            "days of notice. Ask the operator of the store, who records what both agree on."
        )
    return remove_from_repertoire(repertoire_id=repertoire_id, subjects=subjects, now=now)
