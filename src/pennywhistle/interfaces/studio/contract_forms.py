"""Forms of contracts: between whom, and their terms."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.contracts.checking import TermsSaid
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.engines.payout import Reserve, Step
from pennywhistle.interfaces.common.money_field import MoneyField
from pennywhistle.interfaces.common.part_field import PartField
from pennywhistle.interfaces.common.party_field import PartyField
from pennywhistle.kernel.money import MICRO_MAX, AmountInvalidError, Money

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

LINES_MAX = 50
_TEXT_LENGTH_MAX = 4_000


def _currency() -> str:
    return the_store().currency


def _amount(**options: Any) -> MoneyField:  # noqa: ANN401 (Django's own)
    return MoneyField(currency=_currency, most_micro=MICRO_MAX, required=False, **options)


def _day(**options: Any) -> forms.DateField:  # noqa: ANN401 (Django's own)
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


class PairsField(forms.CharField):
    """Lines of a key and a part, as 10000: 60 %; `key` reads what stands before the colon."""

    def __init__(self, *, key: Any, **options: Any) -> None:  # noqa: ANN401 (Django's own)
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(required=False, max_length=_TEXT_LENGTH_MAX, **options)
        self._key = key

    def clean(self, value: Any) -> list[tuple[int, Fraction]]:  # noqa: ANN401 (Django's own)
        """The pairs, in the order of their lines."""
        lines = [line for line in str(super().clean(value)).splitlines() if line.strip()]
        if len(lines) > LINES_MAX:
            raise ValidationError(gettext("Those are too many lines."))
        return [self._pair(line) for line in lines]

    def _pair(self, line: str) -> tuple[int, Fraction]:
        before, colon, after = line.partition(":")
        part = PartField().clean(after) if colon else None
        if part is None:
            raise ValidationError(
                gettext("Write each line as %(example)s, not as %(line)s.")
                % {"example": "10000: 60 %", "line": line[:40]}
            )
        return self._key(before.strip()), part


def _micro(text: str) -> int:
    try:
        return Money.parse(text, currency=_currency()).micro
    except AmountInvalidError as error:
        raise ValidationError(str(error)) from error


def _months(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):  # noqa: PLR2004 (999 months)
        raise ValidationError(gettext("%(text)s is no number of months.") % {"text": text[:20]})
    return int(text)


class TermsForm(forms.Form):
    """What terms say."""

    share = PartField(label=_("Share of what is earned"), help_text=_("Like 50 %, or 1/3."))
    steps = PairsField(
        key=_micro,
        label=_("Further steps"),
        help_text=_("One a line: above how much earned in all, which share. 10000: 60 %"),
    )
    releases = forms.CharField(
        label=_("Only of these releases"),
        required=False,
        max_length=_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Their codes in this store. Empty: of everything that is earned."),
    )
    starts_on = _day(label=_("First day"))
    ends_on = _day(
        label=_("First day after it"), required=False, help_text=_("Empty: until further notice.")
    )
    advance = _amount(label=_("Advance"))
    advance_on = _day(label=_("The advance was paid on"), required=False)
    guarantee = _amount(label=_("At least due in all"))
    guarantee_on = _day(label=_("From this day on"), required=False)
    reserve = PartField(label=_("Kept in reserve of each month"), required=False, is_zero_fine=True)
    reserve_steps = PairsField(
        key=_months,
        label=_("Released again"),
        help_text=_("One a line: after how many months, which part of the reserve. 3: 50 %"),
    )
    group = forms.CharField(
        label=_("Recouped together with"),
        required=False,
        max_length=80,
        help_text=_("A name that several contracts of you two share. Empty: by itself."),
    )
    is_paid_by_store = forms.BooleanField(
        label=_("The store passes it on, off the account of who owes it"), required=False
    )

    def clean_releases(self) -> tuple[Release, ...]:
        """The releases of these codes."""
        codes = self.cleaned_data["releases"].split()
        found = {each.public_id: each for each in Release.objects.filter(public_id__in=codes)}
        unknown = [code for code in codes if code not in found]
        if unknown:
            raise ValidationError(
                gettext("No release has the code %(code)s.") % {"code": unknown[0][:20]}
            )
        return tuple(found[code] for code in dict.fromkeys(codes))

    def said(self) -> TermsSaid:
        """The terms, once the form is valid."""
        cleaned = self.cleaned_data
        steps = [Step(0, cleaned["share"]), *(Step(*pair) for pair in cleaned["steps"])]
        return TermsSaid(
            starts_on=cleaned["starts_on"],
            steps=tuple(steps),
            ends_on=cleaned["ends_on"],
            releases=cleaned["releases"],
            advance=cleaned["advance"],
            advance_on=cleaned["advance_on"],
            guarantee=cleaned["guarantee"],
            guarantee_on=cleaned["guarantee_on"],
            reserve=Reserve(cleaned["reserve"] or Fraction(0), tuple(cleaned["reserve_steps"])),
            group=cleaned["group"],
            is_paid_by_store=cleaned["is_paid_by_store"],
        )


class ContractForm(TermsForm):
    """A new contract."""

    mine = forms.ModelChoiceField(Party.objects.none(), label=_("For"), empty_label=None)
    side = forms.ChoiceField(
        label=_("Who owes"),
        choices=[("payer", _("we owe the other side")), ("payee", _("the other side owes us"))],
    )
    other = PartyField(label=_("The other side"))
    name = forms.CharField(label=_("What it is called"), max_length=200)
    field_order = ["mine", "side", "other", "name"]

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401 (Django's own)
        super().__init__(data)
        mine = Party.objects.acted_for_by(user=user).order_by("name")
        self.fields["mine"].queryset = mine  # type: ignore[attr-defined]
