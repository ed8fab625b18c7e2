"""Everything that the register says of one party: as it is believed now, or was at some time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q

from pennywhistle.apps.rights.models import (
    Evidence,
    License,
    Mandate,
    OwnershipShare,
    RateCardLine,
    SupplierAgreement,
    Tariff,
    Transfer,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.rights.models.kept import Dated, KeptQuerySet

    _Row = TypeVar("_Row", bound=Dated)

# Of each kind, on one page; the newest.
rows_max = 200


@dataclass(frozen=True, slots=True)
class View:
    """Which rows are meant: those known at an instant that are true at another one.

    `known_at` None: those that are believed now. `true_at` None: whenever they hold.
    """

    known_at: datetime | None = None
    true_at: datetime | None = None
    # The rows that were closed instead.
    is_history: bool = False

    def of(self, rows: KeptQuerySet[_Row]) -> KeptQuerySet[_Row]:
        """The rows of a kind that are meant."""
        if self.is_history:
            return rows.filter(closed_at__isnull=False)
        found = rows.open() if self.known_at is None else rows.known(at=self.known_at)
        if self.true_at is None:
            return found
        return found.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=self.true_at)).filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=self.true_at)
        )


@dataclass(frozen=True, slots=True)
class Dossier:
    """A party's rows, the newest first; of each kind at most `rows_max`."""

    given: list[Mandate]
    held: list[Mandate]
    licenses: list[License]
    agreements: list[SupplierAgreement]
    rates: list[RateCardLine]
    transfers: list[Transfer]
    shares: list[OwnershipShare]
    tariffs: list[Tariff] = field(default_factory=list)
    documents: list[Evidence] = field(default_factory=list)


def dossier_of(*, party_id: int, view: View) -> Dossier:
    """The party's rows, in nine queries."""
    mandates = view.of(Mandate.objects.all()).select_related(
        "territories", "repertoire", "from_party", "to_party", "evidence"
    )
    licenses = view.of(License.objects.filter(licensor_id=party_id))
    agreements = view.of(SupplierAgreement.objects.filter(supplier_id=party_id))
    rates = view.of(RateCardLine.objects.filter(supplier_id=party_id))
    transfers = view.of(
        Transfer.objects.filter(Q(from_supplier_id=party_id) | Q(to_supplier_id=party_id))
    )
    shares = view.of(OwnershipShare.objects.filter(party_id=party_id))
    found = Dossier(
        given=_newest(mandates.filter(from_party_id=party_id)),
        held=_newest(mandates.filter(to_party_id=party_id)),
        licenses=_newest(licenses.select_related("territories", "tariff", "evidence")),
        agreements=_newest(agreements.select_related("evidence")),
        rates=_newest(rates.select_related("territories", "evidence")),
        transfers=_newest(transfers.select_related("from_supplier", "to_supplier", "evidence")),
        shares=_newest(shares.select_related("territories", "work", "recording", "evidence")),
        tariffs=list(Tariff.objects.open().filter(licensor_id=party_id).order_by("name")),
    )
    found.documents.extend(_documents(found))
    return found


def _newest(rows: QuerySet[_Row]) -> list[_Row]:
    return list(rows.order_by("-id")[:rows_max])


def _documents(found: Dossier) -> list[Evidence]:
    """The documents that the rows rest on, each once."""
    kinds = (
        *(found.given, found.held, found.licenses, found.agreements),
        *(found.rates, found.transfers, found.shares),
    )
    documents = (row.evidence for rows in kinds for row in rows)
    return list({each.pk: each for each in documents if each is not None}.values())
