"""Why money is kept apart, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_WHY: dict[str, _StrPromise] = {
    "claims": _("Several claim the same share"),
    "transfer": _("Two suppliers hold the catalog"),
    "unclaimed": _("Part of it is nobody's on record"),
    "unidentified": _("The work in the recording is not known"),
    "not-a-member": _("Its owner is a member of no society here"),
    "no-owner": _("Nobody is on record as its owner any more"),
    "society": _("Only the society itself is on record"),
    "disputed": _("Disputed: waits on the account"),
    "owed": _("More was taken back than came in"),
}


def why_apart(reason: str, society: str = "") -> str:
    """The reason; with the society that keeps the money, where one does."""
    words = str(_WHY.get(reason, reason))
    if not society:
        return words
    return gettext("%(why)s (kept by %(society)s)") % {"why": words, "society": society}
