"""Top-ups and what became of them; one module for each kind of thing."""

from pennywhistle.apps.payments.models.bank import (
    BankEnd,
    BankEntry,
    BankOrder,
    BankStatement,
    BankTransfer,
)
from pennywhistle.apps.payments.models.bonuses import BonusStep
from pennywhistle.apps.payments.models.chargebacks import Chargeback, ChargebackAnswer, LossShare
from pennywhistle.apps.payments.models.doors import DoorError, DoorLimit, DoorSwitch, Sweep
from pennywhistle.apps.payments.models.guarding import SpentPuzzle, Trace
from pennywhistle.apps.payments.models.paybacks import Payback
from pennywhistle.apps.payments.models.reconciled import Difference, ProviderMovement
from pennywhistle.apps.payments.models.top_ups import ProviderNotice, TopUp

__all__ = [
    "BankEnd",
    "BankEntry",
    "BankOrder",
    "BankStatement",
    "BankTransfer",
    "BonusStep",
    "Chargeback",
    "ChargebackAnswer",
    "Difference",
    "DoorError",
    "DoorLimit",
    "DoorSwitch",
    "LossShare",
    "Payback",
    "ProviderMovement",
    "ProviderNotice",
    "SpentPuzzle",
    "Sweep",
    "TopUp",
    "Trace",
]
