"""From what a payee earned to what is paid: recoupment, conversion, withholding, threshold."""

from pennywhistle.engines.payout.conversion import Rate, RateInvalidError, convert
from pennywhistle.engines.payout.payable import Payable, payable
from pennywhistle.engines.payout.recoupment import Contract, recoup
from pennywhistle.engines.payout.withholding import Line, Withheld, withhold

__all__ = [
    "Contract",
    "Line",
    "Payable",
    "Rate",
    "RateInvalidError",
    "Withheld",
    "convert",
    "payable",
    "recoup",
    "withhold",
]
