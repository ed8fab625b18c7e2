"""What somebody says about a gift: from whom, for whom, when, which words."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.gifts import limits
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.interfaces.common.money_field import MoneyField

if TYPE_CHECKING:
    from datetime import date

    from pennywhistle.apps.gifts.models import Gift

# A gift of a day is sent in its morning.
_SENT_AT = time(7, tzinfo=UTC)


class GiftForm(forms.Form):
    """A gift of an item, whose price is shown, or of a balance, whose amount is asked for."""

    from_name = forms.CharField(
        label=_("From"),
        max_length=limits.name_chars_max,
        help_text=_("As you sign it; whoever opens the gift reads it."),
    )
    email = forms.EmailField(
        label=_("Their mail address"),
        required=False,
        help_text=_(
            "Leave it empty to print the gift, or to send the link yourself. It is used for this"
            " one mail."
        ),
    )
    send_on = forms.DateField(
        label=_("Send it on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: now."),
    )
    words = forms.CharField(
        label=_("Your words"),
        required=False,
        max_length=limits.words_chars_max,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": limits.words_chars_max}),
    )
    key = forms.RegexField(r"\A[A-Za-z0-9_-]{16,64}\Z", widget=forms.HiddenInput)
    item = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    # The public wish list that it is from: then its owner is whom it is for.
    of_list = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, *args: object, currency: str, is_of_list: bool, has_item: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if is_of_list:
            del self.fields["email"]
        if not has_item:
            self._ask_amount(currency)

    def _ask_amount(self, currency: str) -> None:
        least, most = top_up_bounds(currency)
        self.fields["amount"] = MoneyField(
            label=gettext("Amount"),
            currency=currency,
            least_micro=least.micro,
            most_micro=most.micro,
            help_text=gettext("From %(least)s to %(most)s; it never expires.")
            % {"least": price_text(least), "most": price_text(most)},
        )
        self.order_fields(["amount", "from_name"])

    def clean_send_on(self) -> date | None:
        """A day from today on, within a year."""
        day: date | None = self.cleaned_data["send_on"]
        today = datetime.now(tz=UTC).date()
        # It may be tomorrow in UTC already where the giver is still in today.
        if day is not None and not today - timedelta(days=1) <= day <= today + limits.sent_within:
            raise forms.ValidationError(gettext("Choose a day from today on, within a year."))
        return day

    @property
    def send_at(self) -> datetime | None:
        """When the mail goes out; None: now."""
        day = self.cleaned_data["send_on"]
        return datetime.combine(day, _SENT_AT) if day is not None else None


def first_values(*, name: str, item: str, shown: str, of_list: str) -> dict[str, str]:
    """What the form begins with; its key was made now, so that a second click is the same gift."""
    return {
        "from_name": name[: limits.name_chars_max],
        "key": secrets.token_urlsafe(24),
        "item": item,
        "shown": shown,
        "of_list": of_list,
    }


def state_text(gift: Gift) -> str:
    """How far a gift has come, for its giver."""
    if gift.state == gift.State.REDEEMED:
        return gettext("Taken")
    if gift.state == gift.State.TAKEN_BACK:
        return gettext("Taken back")
    if gift.is_unwanted:
        return gettext("Not mailed: this address takes no gift mails from the store")
    if gift.sent_at is not None:
        return gettext("Mailed; not taken yet")
    return gettext("Waits to be mailed") if gift.send_at else gettext("Not taken yet")
