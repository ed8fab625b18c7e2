"""Do providers and the bank say what the books say? What is open, how old it is, what differs."""

from pennywhistle.apps.payments.reconciling.sums import Reconciled, reconcile

__all__ = ["Reconciled", "reconcile"]
