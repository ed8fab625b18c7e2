"""The store's own bank account, as the operator set it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

CODE = "bank"
"""The name of the door, and of the account in the books (`clearing`) on which bank money is."""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Where buyers send money to; `iban` without blanks."""

    name: str
    iban: str
    bic: str


def own_account() -> OwnAccount | None:
    """The account of the settings, or None where there is none."""
    if not settings.BANK_IBAN:
        return None
    iban = plain_iban(settings.BANK_IBAN)
    return OwnAccount(settings.BANK_NAME, iban, settings.BANK_BIC)


def plain_iban(text: str) -> str:
    """An IBAN without blanks, in capitals; "" if its form or check digits are wrong."""
    try:
        return str(IBAN(text).compact)
    except SchwiftyException:
        return ""


def printed_iban(iban: str) -> str:
    """An IBAN in groups of four, as it is read and typed."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def bic_of(iban: str) -> str:
    """The bank's BIC, where it is on record; banks within SEPA do without."""
    try:
        found = IBAN(iban).bic
    except SchwiftyException:
        return ""
    return str(found) if isinstance(found, BIC) else ""
