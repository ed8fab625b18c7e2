"""Are the ways in and out for money set up well? Every provider of the settings is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.abilities import Checks, Finding, Level
from pennywhistle.apps.payments.provider import ProviderError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about one provider; `code` "" is the store itself."""

    code: str
    findings: list[Finding]

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong; something may be doubtful."""
        return all(each.level is not Level.WRONG for each in self.findings)


def check_providers(*, origin: str, now: datetime) -> list[Checked]:
    """Look at every provider, one after the other; they are asked, and nothing is changed."""
    codes = providers.codes()
    store = _doors(codes)
    return [
        *([Checked("", [store])] if store else []),
        *(Checked(code, _looked_at(code, origin, now)) for code in codes),
    ]


def _doors(codes: list[str]) -> Finding | None:
    cure = "Name them in PENNYWHISTLE_PAYMENT_PROVIDERS."
    if not codes:
        return Finding("doors", Level.WRONG, "There is no provider: nobody can pay in.", cure)
    if len(codes) == 1:
        said = f"{codes[0]} is the only provider: if it closes its door, nobody can pay in."
        return Finding("doors", Level.DOUBTFUL, said, cure)
    return None


def _looked_at(code: str, origin: str, now: datetime) -> list[Finding]:
    try:
        provider = providers.provider(code)
    except (ProviderError, ImportError) as error:
        cure = "Look at PENNYWHISTLE_PAYMENT_PROVIDERS."
        return [Finding("provider", Level.WRONG, f"It is not part of this program: {error}", cure)]
    if not isinstance(provider, Checks):
        return [Finding("provider", Level.DOUBTFUL, "It cannot be looked at.")]
    notify_url = f"{origin}/hooks/{code}/"
    return provider.check(notify_url=notify_url, currency=the_store().currency, now=now)
