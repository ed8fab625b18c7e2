"""The catalog's tables: works, recordings, releases, tracks, extras, and who made them."""

from pennywhistle.apps.catalog.models.artist_ids import ArtistMbid
from pennywhistle.apps.catalog.models.extras import Extra, ExtraQuerySet
from pennywhistle.apps.catalog.models.recordings import (
    Recording,
    RecordingCredit,
    RecordingWork,
    RecordingWorkQuerySet,
    WorkPlayed,
)
from pennywhistle.apps.catalog.models.releases import (
    Release,
    ReleaseArtist,
    ReleaseQuerySet,
    Track,
    TrackQuerySet,
)
from pennywhistle.apps.catalog.models.works import Genre, Role, Work, WorkCredit

__all__ = [
    "ArtistMbid",
    "Extra",
    "ExtraQuerySet",
    "Genre",
    "Recording",
    "RecordingCredit",
    "RecordingWork",
    "RecordingWorkQuerySet",
    "Release",
    "ReleaseArtist",
    "ReleaseQuerySet",
    "Role",
    "Track",
    "TrackQuerySet",
    "Work",
    "WorkCredit",
    "WorkPlayed",
]
