"""What arrived and became no message, in words: what is missing, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.intake.telling.not_taken import incomplete_of, refused_of
from pennywhistle.apps.intake.ways.names import parcel_name

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.telling.not_taken import Incomplete
    from pennywhistle.apps.users.models import User

# By `ways.ready.Lack.code`: what is missing, and what to do.
_WORDS = {
    "writing": (
        _("It is being uploaded."),
        _("Nothing; it is read once it is whole and lies still."),
    ),
    "no-message": (
        _("There is no message in the folder."),
        _("Send the message (XML) beside its files."),
    ),
    "no-mark": (
        _("Nothing says that the batch is complete."),
        _("Send %(name)s once everything is there."),
    ),
    "files-missing": (
        _("Files that the message names are not there."),
        _("Send them. If they do not come in time, the message is decided without them."),
    ),
    "unreadable": (
        _("The store may not read a file."),
        _("Send it again, readable for its group (mode 640)."),
    ),
}


def incomplete_rows(user: User) -> list[dict[str, Any]]:
    """Deliveries that are not complete, for the mailbox."""
    return [
        {"delivery": each, "missing": _WORDS[each.code][0], "cure": _cure(each)}
        for each in incomplete_of(user=user)
    ]


def _cure(each: Incomplete) -> str:
    name = parcel_name(each.name)
    # Only the cure of a batch has a place for a name in it.
    return str(_WORDS[each.code][1]) % {"name": name.manifest if name else ""}


def refused_rows(user: User, now: datetime) -> list[dict[str, Any]]:
    """What was refused on the way, with what was found."""
    return [
        {
            "name": each.parcel.name,
            "what": each.path or gettext("all of it"),
            "supplier": each.parcel.mailbox.supplier.name,
            "at": each.parcel.taken_at,
            "findings": each.findings,
        }
        for each in refused_of(user=user, now=now)
    ]
