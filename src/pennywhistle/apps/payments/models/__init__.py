"""Top-ups and what became of them; one module for each kind of thing."""

from pennywhistle.apps.payments.models.bonuses import BonusStep
from pennywhistle.apps.payments.models.chargebacks import Chargeback, ChargebackAnswer, LossShare
from pennywhistle.apps.payments.models.doors import DoorError, DoorLimit, DoorSwitch, Sweep
from pennywhistle.apps.payments.models.guarding import SpentPuzzle, Trace
from pennywhistle.apps.payments.models.paybacks import Payback
from pennywhistle.apps.payments.models.top_ups import ProviderNotice, TopUp

__all__ = [
    "BonusStep",
    "Chargeback",
    "ChargebackAnswer",
    "DoorError",
    "DoorLimit",
    "DoorSwitch",
    "LossShare",
    "Payback",
    "ProviderNotice",
    "SpentPuzzle",
    "Sweep",
    "TopUp",
    "Trace",
]
