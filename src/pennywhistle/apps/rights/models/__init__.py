"""The register of rights. Rows are never changed, only closed (`closed_at`).

`valid_from`/`valid_until`: when a row is true in the world; `recorded_at`/`closed_at`: when the
store knew. All periods are half-open; amounts are micro-units; parts are exact fractions.
"""

from pennywhistle.apps.rights.models.agreements import RateCardLine, SupplierAgreement, Transfer
from pennywhistle.apps.rights.models.availability import (
    Availability,
    AvailabilityQuerySet,
    DueRelease,
)
from pennywhistle.apps.rights.models.evidence import Evidence
from pennywhistle.apps.rights.models.grants import (
    Grant,
    GrantQuerySet,
    GrantShare,
    Stop,
    StopQuerySet,
)
from pennywhistle.apps.rights.models.licenses import (
    License,
    Tariff,
    TariffBand,
    TariffDurationBand,
    TariffLine,
)
from pennywhistle.apps.rights.models.mandates import Mandate, Repertoire, RepertoireMember
from pennywhistle.apps.rights.models.ownership import OwnershipShare, PublicDomain, ShareRole
from pennywhistle.apps.rights.models.territory_sets import TerritorySet
from pennywhistle.apps.rights.models.verdicts import RegisterChange, Verdict

__all__ = [
    "Availability",
    "AvailabilityQuerySet",
    "DueRelease",
    "Evidence",
    "Grant",
    "GrantQuerySet",
    "GrantShare",
    "License",
    "Mandate",
    "OwnershipShare",
    "PublicDomain",
    "RateCardLine",
    "RegisterChange",
    "Repertoire",
    "RepertoireMember",
    "ShareRole",
    "Stop",
    "StopQuerySet",
    "SupplierAgreement",
    "Tariff",
    "TariffBand",
    "TariffDurationBand",
    "TariffLine",
    "TerritorySet",
    "Transfer",
    "Verdict",
]
