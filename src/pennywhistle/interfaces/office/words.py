"""The register's words as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.engines.clearance.facts import LicenseSource
from pennywhistle.interfaces.common.party_field import right_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.utils.functional import _StrPromise

US_SOURCES: dict[str, _StrPromise] = {
    "": _("nothing agreed: closed in the United States"),
    LicenseSource.BLANKET.value: _("this store's blanket license"),
    LicenseSource.PASS_THROUGH.value: _("the supplier's license, which pays the works itself"),
    LicenseSource.DIRECT.value: _("licensed by the supplier directly"),
}


def rights_text(rights: Iterable[str]) -> str:
    """Several rights on one line."""
    return ", ".join(str(right_name(right)) for right in rights)


def instant_text(at: datetime | None) -> str:
    """When the store knew something, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def yes_text(value: bool) -> str:  # noqa: FBT001 (a word for a truth value)
    """Yes or no."""
    return gettext("yes") if value else gettext("no")
