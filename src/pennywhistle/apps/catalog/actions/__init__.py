"""Writing the catalog: works, recordings, releases, tracks, and who made them.

Each action writes what it is told and is harmless when told again. Which delivery means which
row is decided by intake; what may be sold is decided by clearance.
"""

from pennywhistle.apps.catalog.actions.extras import (
    ExtraFacts,
    record_artist_mbids,
    record_extras,
)
from pennywhistle.apps.catalog.actions.recordings import (
    RecordingCredits,
    RecordingFacts,
    WorkPart,
    WorkPartsError,
    credit_recording,
    credit_recordings,
    link_works,
    record_recording,
    record_recordings,
)
from pennywhistle.apps.catalog.actions.registered import (
    RegisteredWork,
    WorksRecorded,
    link_whole,
    record_works,
)
from pennywhistle.apps.catalog.actions.releases import (
    ReleaseFacts,
    TrackPlace,
    describe_release,
    ensure_genre,
    offer_original,
    place_tracks,
    publish_release,
    record_release,
    withdraw_release,
)
from pennywhistle.apps.catalog.actions.works import (
    Credit,
    RoleUnknownError,
    WorkFacts,
    record_delivered_works,
    record_work,
)

__all__ = [
    "Credit",
    "ExtraFacts",
    "RecordingCredits",
    "RecordingFacts",
    "RegisteredWork",
    "ReleaseFacts",
    "RoleUnknownError",
    "TrackPlace",
    "WorkFacts",
    "WorkPart",
    "WorkPartsError",
    "WorksRecorded",
    "credit_recording",
    "credit_recordings",
    "describe_release",
    "ensure_genre",
    "link_whole",
    "link_works",
    "offer_original",
    "place_tracks",
    "publish_release",
    "record_artist_mbids",
    "record_delivered_works",
    "record_extras",
    "record_recording",
    "record_recordings",
    "record_release",
    "record_work",
    "record_works",
    "withdraw_release",
]
