"""What suppliers sent, and what became of each: music, release messages, files about works."""

from pennywhistle.apps.intake.models.deliveries import Delivery, DeliveryFile
from pennywhistle.apps.intake.models.doubts import Doubt, DoubtLetter, DoubtWord
from pennywhistle.apps.intake.models.hooks import FeedAddress, Hook, HookCall
from pennywhistle.apps.intake.models.mailboxes import (
    Arrival,
    Mailbox,
    Parcel,
    SupplierKey,
)
from pennywhistle.apps.intake.models.matching import MatchDue, MatchProposal, NamedIsrc
from pennywhistle.apps.intake.models.messages import Message, Notice
from pennywhistle.apps.intake.models.standings import RecordingKey, ReleaseKey, Standing
from pennywhistle.apps.intake.models.works_files import (
    WorkNumber,
    WorksFile,
    WorksNews,
    WorksNotice,
)

__all__ = [
    "Arrival",
    "Delivery",
    "DeliveryFile",
    "Doubt",
    "DoubtLetter",
    "DoubtWord",
    "FeedAddress",
    "Hook",
    "HookCall",
    "Mailbox",
    "MatchDue",
    "MatchProposal",
    "Message",
    "NamedIsrc",
    "Notice",
    "Parcel",
    "RecordingKey",
    "ReleaseKey",
    "Standing",
    "SupplierKey",
    "WorkNumber",
    "WorksFile",
    "WorksNews",
    "WorksNotice",
]
