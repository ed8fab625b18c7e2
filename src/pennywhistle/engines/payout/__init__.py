"""From what a payee earned to what is paid: recoupment, conversion, withholding, threshold."""

from pennywhistle.engines.payout.conversion import Rate, RateInvalidError, convert
from pennywhistle.engines.payout.payable import Payable, payable
from pennywhistle.engines.payout.recoupment import Contract, recoup
from pennywhistle.engines.payout.sharing import (
    Month,
    Promise,
    Reckoned,
    Reserve,
    Step,
    TermsRefusedError,
    check_loops,
    check_promises,
    check_reserve,
    check_steps,
    due_between,
    reckon,
)
from pennywhistle.engines.payout.withholding import Line, Withheld, withhold

__all__ = [
    "Contract",
    "Line",
    "Month",
    "Payable",
    "Promise",
    "Rate",
    "RateInvalidError",
    "Reckoned",
    "Reserve",
    "Step",
    "TermsRefusedError",
    "Withheld",
    "check_loops",
    "check_promises",
    "check_reserve",
    "check_steps",
    "convert",
    "due_between",
    "payable",
    "reckon",
    "recoup",
    "withhold",
]
