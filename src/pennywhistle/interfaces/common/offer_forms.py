"""Forms of campaigns and their codes, for suppliers and for the store."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.offers.campaigning import outlay_of
from pennywhistle.apps.offers.limits import codes_per_batch_max, uses_max
from pennywhistle.apps.offers.texts import shown_text, typed_length_max
from pennywhistle.interfaces.common.extent_form import PeriodForm
from pennywhistle.interfaces.common.format import period_text, price_text
from pennywhistle.interfaces.common.part_field import PartField, share_text
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.offers.models import Campaign, Code
    from pennywhistle.apps.offers.queries import CampaignRow

_TITLE_LENGTH_MAX = 120


class PartForm(PeriodForm):
    """A name, what is taken off, and the days."""

    title = forms.CharField(
        label=_("Name"),
        max_length=_TITLE_LENGTH_MAX,
        help_text=_("Buyers see it beside the lower price."),
    )
    part = PartField(label=_("Percent off"))
    field_order = ("supplier", "title", "part", "first_day", "last_day")


class SingleCodesForm(forms.Form):
    """How many codes of one use to draw."""

    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=codes_per_batch_max, initial=50
    )


class SharedCodeForm(forms.Form):
    """A code for several buyers."""

    text = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=typed_length_max,
        help_text=_(
            "4 to 24 letters A to Z and digits. Whoever guesses it may use it. Empty: it is drawn."
        ),
        widget=forms.TextInput({"autocapitalize": "characters", "spellcheck": "false"}),
    )
    uses = forms.IntegerField(
        label=_("Used at most"),
        required=False,
        min_value=1,
        max_value=uses_max,
        help_text=_("Each buyer uses it once. Empty: as many buyers as come."),
    )


def campaign_drawn(row: CampaignRow) -> dict[str, object]:
    """A campaign in a table."""
    return campaign_text(row.campaign) | {
        "code_count": row.code_count,
        "used_count": row.used_count,
        "saved": ", ".join(price_text(each) for each in row.saved),
    }


def campaign_text(campaign: Campaign) -> dict[str, object]:
    """What a campaign is, and what it may cost."""
    outlay = outlay_of(campaign)
    return {
        "limits": gettext("at most %(of_one)s of a purchase, %(of_all)s altogether")
        % {"of_one": price_text(outlay.purchase_max), "of_all": price_text(outlay.total_max)}
        if outlay
        else "",
        "public_id": campaign.public_id,
        "title": campaign.title,
        "supplier": campaign.supplier.name if campaign.supplier else "",
        "part": share_text(campaign.part),
        "period": period_text(Period(campaign.valid_from, campaign.valid_until)),
        "is_listed": campaign.is_listed,
        "is_over": campaign.closed_at is not None,
    }


def code_drawn(code: Code) -> dict[str, object]:
    """A code in a table."""
    return {
        "text": shown_text(code.text),
        "uses": code.uses_max if code.uses_max is not None else gettext("any"),
        "used": code.used_count,
    }


def codes_csv(codes: Iterable[Code]) -> str:
    """All codes of a campaign as a table: as people type them, their uses, and how many were."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["code", "uses_max", "used"])
    for code in codes:
        uses = "" if code.uses_max is None else code.uses_max
        table.writerow([shown_text(code.text), uses, code.used_count])
    return file.getvalue()
