"""Top-ups and what became of them; one module for each kind of thing."""

from pennywhistle.apps.payments.models.bonuses import BonusStep
from pennywhistle.apps.payments.models.paybacks import Payback
from pennywhistle.apps.payments.models.top_ups import ProviderNotice, TopUp

__all__ = ["BonusStep", "Payback", "ProviderNotice", "TopUp"]
