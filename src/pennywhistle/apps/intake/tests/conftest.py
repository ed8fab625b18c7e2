"""A supplier, and a short way to read a folder and to publish what was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_store, usd
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.actions import Terms, publish_delivery
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.models import Delivery

TERMS = Terms("USD", Territories.worldwide(), Period.always(), usd("0.50"), usd("0.14"))


@dataclass(frozen=True)
class Desk:
    """Where a supplier's folders arrive."""

    supplier_id: int

    def read(self, folder: Path, supplement: Supplement | None = None) -> Delivery:
        """Read a folder to the end."""
        return work.read_folder(
            supplier_id=self.supplier_id,
            folder=folder,
            supplement=supplement or Supplement(),
            now=NOON,
        )

    def report(self, folder: Path, supplement: Supplement | None = None) -> Report:
        """What was found in a folder."""
        return Report.from_json(self.read(folder, supplement).report or {})

    def publish(
        self, folder: Path, *, terms: Terms = TERMS, supplement: Supplement | None = None
    ) -> Delivery:
        """Read a folder and put it on the shelves."""
        delivery = self.read(folder, supplement)
        return publish_delivery(delivery_id=delivery.pk, terms=terms, now=NOON)


@pytest.fixture
def desk(db: None) -> Desk:
    """The desk of "North Label"."""
    a_store()
    return Desk(ensure_party(name="North Label").pk)


def codes(report: Report) -> set[str]:
    """The codes of everything that was found."""
    return {finding.code for finding in report.findings}
