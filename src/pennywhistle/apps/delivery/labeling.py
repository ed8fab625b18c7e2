"""What a track's file says about itself, and what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.delivery.naming import Naming, Words, names
from pennywhistle.engines.audio import Tags
from pennywhistle.engines.audio.gains import Gains
from pennywhistle.engines.audio.musicbrainz import MusicBrainz
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.apps.catalog.models import (
        RecordingCredit,
        Release,
        Track,
        Work,
        WorkCredit,
    )
    from pennywhistle.apps.catalog.queries import ReleaseMbids
    from pennywhistle.engines.audio import Recipe

# Long titles are cut, so that folder and file together stay below what file systems take.
_NAME_BYTES_MAX = 100


def tags_of(
    track: Track,
    *,
    siblings: Sequence[Track],
    gains: Gains | None = None,
    mbids: ReleaseMbids | None = None,
) -> Tags:
    """A track's tags, from the catalog alone: nothing of the buyer, nothing of the delivered file.

    Args:
        track: read by `delivery.queries`, with credits, works and their credits.
        siblings: all tracks of its release.
        gains: how loud to play it, if its master was judged.
        mbids: the numbers of its release's people in MusicBrainz, as far as they are known.
    """
    release, recording = track.release, track.recording
    works = _works(track)
    return Tags(
        title=track.title,
        artists=(track.artist_line,),
        album=release.title,
        album_artists=(release.artist_line,),
        track_number=track.track_number,
        track_total=sum(each.disc_number == track.disc_number for each in siblings),
        disc_number=track.disc_number,
        disc_total=_disc_count(siblings),
        date=release.released_on.isoformat(),
        genres=(release.genre.name,) if release.genre else (),
        composers=_names(track, Role.COMPOSER),
        lyricists=_names(track, Role.LYRICIST),
        arrangers=_names(track, Role.ARRANGER),
        producers=_names(track, Role.PRODUCER),
        mixers=_names(track, Role.MIXER),
        isrc=recording.isrc,
        # A file has room for one; of a medley none is the recording's.
        iswc=works[0].iswc if len(works) == 1 else "",
        label=release.label.name,
        barcode=release.upc,
        copyright=f"{release.released_on.year} {release.label.name}",
        is_explicit=recording.is_explicit,
        gains=gains or Gains(),
        musicbrainz=_musicbrainz(track, mbids) if mbids else MusicBrainz(),
    )


def _musicbrainz(track: Track, mbids: ReleaseMbids) -> MusicBrainz:
    artists = [
        credit.party_id
        for credit in sorted(track.recording.credits.all(), key=_place)
        if credit.role == Role.MAIN_ARTIST
    ]
    return MusicBrainz(
        recording=track.recording.mbid,
        release=track.release.mbid,
        artists=tuple(mbids.by_party[each] for each in artists if each in mbids.by_party),
        album_artists=mbids.album_artists,
    )


def _names(track: Track, *roles: Role) -> tuple[str, ...]:
    """Those who did this on the recording or its works, each once."""
    wrote = [credit for work in _works(track) for credit in work.credits.all()]
    played = track.recording.credits.all()
    credited = [(credit.role, credit.party.name) for credit in sorted(wrote, key=_id)]
    credited += [(credit.role, credit.party.name) for credit in sorted(played, key=_place)]
    return tuple(dict.fromkeys(name for role, name in credited if role in roles))


def _works(track: Track) -> list[Work]:
    """In an order that is always the same, since it becomes bytes."""
    return sorted(track.recording.works.all(), key=_id)


def _id(row: Work | WorkCredit) -> int:
    return int(row.pk)


def _place(credit: RecordingCredit) -> tuple[int, int]:
    return credit.position, credit.pk


def _disc_count(siblings: Sequence[Track]) -> int:
    return max(each.disc_number for each in siblings)


def file_name_of(
    track: Track, recipe: Recipe, *, siblings: Sequence[Track], naming: Naming = Naming.NUMBERS
) -> str:
    """`01 Title.mp3`; `2-01 Title.mp3` where there are several discs. One path component."""
    *_, name = names(_words(track, siblings), naming)
    return f"{name}.{recipe.extension}"


def _words(track: Track, siblings: Sequence[Track]) -> Words:
    digits = max(2, len(str(max(each.track_number for each in siblings))))
    number = f"{track.track_number:0{digits}}"
    if _disc_count(siblings) > 1:
        number = f"{track.disc_number}-{number}"
    release = track.release
    return Words(
        number=number,
        title=track.title,
        artist=track.artist_line,
        album=release.title,
        album_artist=release.artist_line,
        year=release.released_on.year,
    )


def folders_of(release: Release, *, naming: Naming) -> tuple[str, ...]:
    """The folders that a scheme puts a release's files into, outermost first."""
    words = Words("1", "", "", release.title, release.artist_line, release.released_on.year)
    return names(words, naming)[:-1]


def folder_name_of(release: Release, *, of: Track | None = None) -> str:
    """`Artist - Title` of a release, or of one track of it; one path component."""
    thing = of or release
    return safe_file_name(f"{thing.artist_line} - {thing.title}", length_max=_NAME_BYTES_MAX)
