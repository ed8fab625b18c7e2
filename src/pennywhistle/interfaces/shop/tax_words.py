"""What tax a total holds, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.taxes.ahead import tax_ahead
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.part_field import share_text

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.kernel.money import Money


def tax_text(*, user_id: int, territory: str, total: Money, now: datetime) -> str:
    """The sentence under the total; nothing where no tax is in it."""
    found = tax_ahead(user_id=user_id, territory=territory, total=total, at=now)
    said = {"tax": price_text(found.tax), "rate": share_text(found.rate)}
    if not found.rate or not total:
        return ""
    if found.comes_back:
        return (
            gettext(
                "It holds %(tax)s of tax (%(rate)s), which comes back to your balance within "
                "minutes: your business owes it itself."
            )
            % said
        )
    return gettext("It holds %(tax)s of tax (%(rate)s).") % said
