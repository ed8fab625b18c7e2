"""What the accounts of nobody in particular are called, where a price goes to them."""

from __future__ import annotations

from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import country_name
from pennywhistle.kernel.purse import PurseKind


def purse_name(kind: str, code: str) -> str:
    """Whose money it is, in the visitor's language; `kind` and `code` as the books have them."""
    if kind == PurseKind.TAX:
        return gettext("Tax, %(country)s") % {"country": country_name(code)}
    return {
        PurseKind.HELD.value: gettext("Held until a dispute is settled"),
        PurseKind.UNCLAIMED.value: gettext("Kept until somebody claims it"),
        PurseKind.SUBSIDY.value: gettext("Added by the store"),
    }.get(kind, gettext("The store"))
