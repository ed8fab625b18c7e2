"""DDEX release messages (ERN): bytes in, frozen values in our words out.

`read_message` reads NewReleaseMessage, PurgeReleaseMessage and ManifestMessage of ERN 3.4 to
4.3.2 into one set of dataclasses, `check` says what is wrong with them, `offers_of` what they
permit, `follow` what a message does to the one before. See docs/algorithms/ern.md.
"""

from pennywhistle.engines.ddex.check import check
from pennywhistle.engines.ddex.deals import Offers, Policy, offers_of
from pennywhistle.engines.ddex.errors import (
    MessageRefusedError,
    SchemaMissingError,
    SchemaUnusableError,
)
from pennywhistle.engines.ddex.findings import Finding, Severity
from pennywhistle.engines.ddex.grants import Refusal, SaleGrant
from pennywhistle.engines.ddex.limits import Limits
from pennywhistle.engines.ddex.message import Manifest, Message, NewRelease, Purge
from pennywhistle.engines.ddex.outlook import Outlook, outlook_of
from pennywhistle.engines.ddex.prices import due_price
from pennywhistle.engines.ddex.read import read_message
from pennywhistle.engines.ddex.schemas import Schemas, validate
from pennywhistle.engines.ddex.succession import (
    Alert,
    Change,
    Sold,
    Standing,
    ends_sales,
    follow,
    follow_purge,
    in_order,
    keys_of,
    standing_after,
)

__all__ = [
    "Alert",
    "Change",
    "Finding",
    "Limits",
    "Manifest",
    "Message",
    "MessageRefusedError",
    "NewRelease",
    "Offers",
    "Outlook",
    "Policy",
    "Purge",
    "Refusal",
    "SaleGrant",
    "SchemaMissingError",
    "SchemaUnusableError",
    "Schemas",
    "Severity",
    "Sold",
    "Standing",
    "check",
    "due_price",
    "ends_sales",
    "follow",
    "follow_purge",
    "in_order",
    "keys_of",
    "offers_of",
    "outlook_of",
    "read_message",
    "standing_after",
    "validate",
]
