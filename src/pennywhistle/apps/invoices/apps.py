"""Starts the invoices app: refunds take back the tax that was moved after their sales."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from pennywhistle.apps.ledger.refund_followers import follow_refunds


class InvoicesConfig(AppConfig):
    """What tax offices and buyers are told."""

    name = "pennywhistle.apps.invoices"

    def ready(self) -> None:
        """The till does not know of tax that moves later, so it is told to take that back, too."""
        follow_refunds(import_string("pennywhistle.apps.invoices.settling.take_back"))
