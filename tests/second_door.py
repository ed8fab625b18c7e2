"""A second provider beside fakepay, for tests of what is offered when one of them fails."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from pennywhistle.apps.payments.provider import Started
from pennywhistle.providers.fakepay.adapter import Fakepay

if TYPE_CHECKING:
    import pytest
    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.kernel.money import Money

SECOND = "second"


class Second(Fakepay):
    """Another company: it takes payments while fakepay's account is frozen."""

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """A page elsewhere."""
        del amount, return_url, notify_url, challenge
        return Started(f"second-{reference}", "https://second.example/pay")


def open_second_door(monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper) -> None:
    """Let the store have two doors: fakepay, and another company's."""
    package = f"pennywhistle.providers.{SECOND}"
    module = ModuleType(f"{package}.adapter")
    module.PROVIDER = Second(code=SECOND)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.PAYMENT_PROVIDERS = ["fakepay", SECOND]
