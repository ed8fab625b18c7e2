"""What is kept of paying out."""

from pennywhistle.apps.payouts.models.details import Details, Letter
from pennywhistle.apps.payouts.models.payouts import (
    Approval,
    BankFile,
    Part,
    Payout,
    Run,
    Skipped,
)
from pennywhistle.apps.payouts.models.terms import (
    AccountTerms,
    ExchangeRate,
    TaxForm,
    WithholdingRate,
)

__all__ = [
    "AccountTerms",
    "Approval",
    "BankFile",
    "Details",
    "ExchangeRate",
    "Letter",
    "Part",
    "Payout",
    "Run",
    "Skipped",
    "TaxForm",
    "WithholdingRate",
]
