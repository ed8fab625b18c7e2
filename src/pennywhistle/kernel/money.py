"""Money is a whole number of micro-units (10⁻⁶ of the currency's unit) of one currency."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from pennywhistle.kernel.currencies import CURRENCIES, minor_digits

MICRO = 1_000_000
MICRO_MAX = 10**18
"""The largest amount in micro-units; below 2⁶³, so that every column and every sum of two fits."""

_DIGITS_AFTER_POINT_MAX = 6
_MICRO_BY_MINOR_DIGITS = {0: MICRO, 2: 10_000, 3: 1_000}
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,13})(?:\.(?P<part>[0-9]{1,6}))?")


class MoneyError(ValueError):
    """Something about an amount or its currency is wrong."""

    code = "money-invalid"


class AmountInvalidError(MoneyError):
    """The amount is no plain decimal, is too large, or is negative where it may not be."""

    code = "amount-invalid"


class CurrencyUnknownError(MoneyError):
    """The currency is not an ISO 4217 code that a store can charge in."""

    code = "currency-unknown"


class CurrencyDiffersError(MoneyError):
    """Two amounts of different currencies met; nothing is ever converted in passing."""

    code = "currency-differs"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: `micro` micro-units of `currency` (ISO 4217, three capitals).

    Amounts may be negative: a refund is the exact negative of its sale. Adding, subtracting and
    ordering work within one currency only and raise `CurrencyDiffersError` otherwise; comparing
    for equality never raises. A `Money` is true where it is not zero.
    """

    micro: int
    currency: str

    def __post_init__(self) -> None:
        # bool is an int to Python and never an amount to us.
        if type(self.micro) is not int:
            raise TypeError(f"micro must be an int, not {type(self.micro).__name__}")
        if self.currency not in CURRENCIES:
            raise CurrencyUnknownError(
                f"{self.currency!r} is not a currency of ISO 4217; write it like USD or EUR"
            )
        if abs(self.micro) > MICRO_MAX:
            raise AmountInvalidError(f"The amount is beyond ±{MICRO_MAX // MICRO} {self.currency}")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing at all, in `currency`."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, *, currency: str) -> Self:
        """Read the exact amount that a person or a file wrote, such as "0.14" or "9".

        ASCII digits with at most one point and six decimals, and nothing else: a comma, a sign,
        an exponent, grouping or a currency sign raise `AmountInvalidError`, because guessing
        what "1,20" means is guessing about somebody's money.
        """
        match = _AMOUNT.fullmatch(text.strip(" \t\r\n"))
        if match is None:
            raise AmountInvalidError(
                f"{text[:40]!r} is not an amount; write digits with a point and at most "
                f"{_DIGITS_AFTER_POINT_MAX} decimals, like 0.14"
            )
        part = (match["part"] or "").ljust(_DIGITS_AFTER_POINT_MAX, "0")
        return cls(int(match["whole"]) * MICRO + int(part), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in units of the currency, exact."""
        # Built from the digits: arithmetic on Decimals rounds to the context's precision.
        return Decimal((int(self.is_negative), _digits(abs(self.micro)), -_DIGITS_AFTER_POINT_MAX))

    @property
    def is_negative(self) -> bool:
        """Whether the amount is below zero."""
        return self.micro < 0

    def __add__(self, other: Self) -> Self:
        self._check_same_currency(other)
        return type(self)(self.micro + other.micro, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._check_same_currency(other)
        return type(self)(self.micro - other.micro, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.micro, self.currency)

    def __lt__(self, other: Self) -> bool:
        self._check_same_currency(other)
        return self.micro < other.micro

    def __le__(self, other: Self) -> bool:
        self._check_same_currency(other)
        return self.micro <= other.micro

    def __gt__(self, other: Self) -> bool:
        self._check_same_currency(other)
        return self.micro > other.micro

    def __ge__(self, other: Self) -> bool:
        self._check_same_currency(other)
        return self.micro >= other.micro

    def __bool__(self) -> bool:
        return self.micro != 0

    def __str__(self) -> str:
        """Write the exact amount with at least the currency's own decimals: "0.14 USD"."""
        whole, part = divmod(abs(self.micro), MICRO)
        digits = f"{part:06}".rstrip("0").ljust(minor_digits(self.currency), "0")
        sign = "-" if self.is_negative else ""
        return f"{sign}{whole}{'.' if digits else ''}{digits} {self.currency}"

    def _check_same_currency(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyDiffersError(f"{self} and {other} are not of the same currency")


def micro_per_minor_unit(currency: str) -> int:
    """Return how many micro-units the smallest coin of `currency` is worth: USD 10 000, JPY 10⁶.

    Payouts and charges of payment providers are whole multiples of it.
    """
    if currency not in CURRENCIES:
        raise CurrencyUnknownError(f"{currency!r} is not a currency of ISO 4217")
    return _MICRO_BY_MINOR_DIGITS[minor_digits(currency)]


def _digits(number: int) -> tuple[int, ...]:
    return tuple(int(digit) for digit in str(number))
