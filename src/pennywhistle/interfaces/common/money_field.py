"""A form field for an amount: the text that a person typed becomes Money, or a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.common.format import price_text
from pennywhistle.kernel.money import AmountInvalidError, Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Callable

text_length_max = 40


class MoneyField(forms.Field):
    """An amount in one currency, from `least` to `most`, in whole coins.

    `currency` may be a function: the store's currency is known when the form is drawn, not when
    the module is loaded. Bounds are micro-units of it. `in_coins=False` allows six decimals.
    """

    default_error_messages = {
        "invalid": _("Write the amount in digits with a point, like 12 or 12.50."),
        "too-small": _("The least is %(least)s."),
        "too-large": _("The most is %(most)s."),
        "too-fine": _("The smallest coin is %(coin)s."),
    }

    def __init__(
        self,
        *,
        currency: str | Callable[[], str],
        least_micro: int = 1,
        most_micro: int,
        in_coins: bool = True,
        **options: Any,  # noqa: ANN401 (Django's own)
    ) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "maxlength": text_length_max}
        options.setdefault("widget", forms.TextInput(attrs=attributes))
        super().__init__(**options)
        self._currency = currency
        self.least_micro = least_micro
        self.most_micro = most_micro
        self.in_coins = in_coins

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self._currency if isinstance(self._currency, str) else self._currency()

    def to_python(self, value: Any) -> Money | None:  # noqa: ANN401 (Django's own)
        """Read the text exactly; nothing is guessed about a comma, a sign or an exponent."""
        if value in self.empty_values:
            return None
        try:
            return Money.parse(str(value), currency=self.currency)
        except AmountInvalidError as error:
            raise self._error("invalid") from error

    def validate(self, value: Money | None) -> None:
        """Refuse what is missing, out of bounds or finer than a coin."""
        super().validate(value)
        if value is None:
            return
        currency = value.currency
        if value.micro < self.least_micro:
            raise self._error("too-small", least=price_text(Money(self.least_micro, currency)))
        if value.micro > self.most_micro:
            raise self._error("too-large", most=price_text(Money(self.most_micro, currency)))
        coin = Money(micro_per_minor_unit(currency), currency)
        if self.in_coins and value.micro % coin.micro:
            raise self._error("too-fine", coin=price_text(coin))

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 (Django's own)
        """Show an amount as it would be typed."""
        return str(value).partition(" ")[0] if isinstance(value, Money) else value

    def _error(self, code: str, **values: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params=values)
