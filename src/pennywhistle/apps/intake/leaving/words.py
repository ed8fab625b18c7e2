"""A release of the catalog in the words of the writer of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Extra, Role
from pennywhistle.apps.intake.leaving.kept import extras_now, master_of
from pennywhistle.apps.intake.leaving.limits import FILE_STEM_CHARS_MAX
from pennywhistle.apps.intake.leaving.lines import lines_of
from pennywhistle.apps.intake.leaving.terms import sales_of
from pennywhistle.engines.ddex.write_facts import (
    Done,
    Enclosed,
    Number,
    Picture,
    Played,
    ReleaseFacts,
    Somebody,
    Sound,
)
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Recording, Release, Track
    from pennywhistle.apps.intake.leaving.kept import KeptFile
    from pennywhistle.apps.intake.leaving.lines import Lines
    from pennywhistle.apps.media.models import Cover
    from pennywhistle.apps.parties.models import Party

# In whose namespace the store's own numbers stand.
OWN = "Pennywhistle"
_SINGLE_TRACKS_MAX, _EP_TRACKS_MAX = 3, 6
_SCHEMES = {"cisac": "cisac-society"}
_RELEASE_SCHEMES = frozenset({"grid", "proprietary", "catalog-number"})
_RECORDING_SCHEMES = frozenset({"proprietary"})
_ARTISTS = (Role.MAIN_ARTIST, Role.FEATURED_ARTIST)
# What ERN 4 calls them.
_WORDS = {Role.PRODUCER: "StudioProducer"}
# What the examination calls a codec, as DDEX calls it; all kinds of uncompressed samples are PCM.
_CODECS = {"flac": "FLAC", "mp3": "MP3", "aac": "AAC", "vorbis": "Vorbis", "alac": "ALAC"}
_CONTAINERS = {"wav": "WAV", "aiff": "AIFF", "mp4": "MP4", "ogg": "Ogg"}
_PICTURES = {"JPEG": "jpg", "PNG": "png"}
# ERN has no word for a booklet that is a picture, nor for a picture of nothing in particular.
_ENCLOSED = {
    Extra.Kind.BOOKLET: "NonInteractiveBooklet",
    Extra.Kind.BACK: "BackCoverImage",
    Extra.Kind.PICTURE: "Photograph",
    Extra.Kind.TEXT: "TextDocument",
}
_ENCLOSED_CODECS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "text/plain": "UTF8Text",
}


def facts_of(release: Release, *, files: Mapping[str, KeptFile], now: datetime) -> ReleaseFacts:
    """The release as it is written; `files` has each stored file that is there, by SHA-256."""
    tracks = [track for track in release.tracks.all() if track.left_at is None]
    places = {track.pk: place for place, track in enumerate(tracks)}
    cover = getattr(release, "cover", None)
    published_at = release.published_at
    lines = lines_of(release)
    return ReleaseFacts(
        numbers=release_numbers(release),
        kind=_kind(len(tracks)),
        title=release.title.strip(),
        artist_line=release.artist_line.strip(),
        artists=tuple(
            Done(_somebody(artist.party), (Role.MAIN_ARTIST.value,))
            for artist in release.releaseartist_set.all()
        )
        or (Done(_somebody(release.label), (Role.MAIN_ARTIST.value,)),),
        label=_somebody(release.label),
        released_on=release.released_on,
        tracks=tuple(_played(track, files, lines) for track in tracks),
        genre=release.genre.name if release.genre else "",
        about=release.about.strip(),
        is_explicit=release.is_explicit,
        cover=_picture(release, cover, files) if cover else None,
        sales=sales_of(release, places),
        shown_from=published_at if published_at and published_at > now else None,
        enclosed=tuple(_enclosed(each) for each in extras_now(release) if each.sha256 in files),
        lines=lines.of_release,
    )


def files_of(facts: ReleaseFacts) -> Iterable[Sound | Picture | Enclosed]:
    """The files that a message names: masters in the order of the tracks, cover, extras."""
    for track in facts.tracks:
        if track.sound is not None:
            yield track.sound
    if facts.cover is not None:
        yield facts.cover
    yield from facts.enclosed


def release_numbers(release: Release) -> tuple[Number, ...]:
    """The barcode, the supplier's other numbers, and the store's own."""
    keys = [key.key for standing in release.standings.all() for key in standing.keys.all()]
    barcode = [Number("gtin", release.upc)] if release.upc else []
    own = Number("proprietary", release.public_id, OWN)
    return tuple(dict.fromkeys([*barcode, *_known_by(keys, _RELEASE_SCHEMES), own]))


def _known_by(keys: Iterable[str], schemes: frozenset[str]) -> Iterable[Number]:
    """Numbers that the supplier's own messages had; `engines.ddex` writes its keys like this."""
    for key in keys:
        scheme, _, rest = key.partition(":")
        namespace, colon, value = rest.partition(":")
        if scheme not in schemes:
            continue
        yield Number(scheme, value, namespace) if colon else Number(scheme, rest)


def folder_name(release: Release) -> str:
    """Under what its folder goes: the barcode, or the store's own number."""
    return release.upc or release.public_id


def _kind(track_count: int) -> str:
    if track_count <= _SINGLE_TRACKS_MAX:
        return "Single"
    return "EP" if track_count <= _EP_TRACKS_MAX else "Album"


def _played(track: Track, files: Mapping[str, KeptFile], lines: Lines) -> Played:
    recording = track.recording
    is_called_otherwise = track.title.strip() != recording.title.strip()
    works = [link.work for link in recording.work_links.all()]
    return Played(
        disc_number=track.disc_number,
        track_number=track.track_number,
        title=recording.title.strip(),
        artist_line=track.artist_line.strip(),
        artists=_artists(track),
        numbers=_recording_numbers(recording),
        own_id=Number("proprietary", track.public_id, OWN),
        duration_ms=recording.duration_ms,
        is_explicit=recording.is_explicit,
        place_title=track.title.strip() if is_called_otherwise else "",
        contributors=_contributors(recording),
        work_numbers=tuple(Number("iswc", work.iswc) for work in works if work.iswc),
        sound=_sound(track, files),
        lines=lines.of(recording),
    )


def _recording_numbers(recording: Recording) -> tuple[Number, ...]:
    isrc = [Number("isrc", recording.isrc)] if recording.isrc else []
    keys = [key.key for key in recording.keys.all()]
    return tuple(dict.fromkeys([*isrc, *_known_by(keys, _RECORDING_SCHEMES)]))


def _artists(track: Track) -> tuple[Done, ...]:
    named = [
        Done(_somebody(credit.party), (credit.role,))
        for role in _ARTISTS
        for credit in track.recording.credits.all()
        if credit.role == role
    ]
    if any(done.roles == (Role.MAIN_ARTIST.value,) for done in named):
        return tuple(named)
    # The standard wants an artist; the line of the sleeve says who it is.
    return (Done(Somebody(track.artist_line.strip()), (Role.MAIN_ARTIST.value,)), *named)


def _contributors(recording: Recording) -> tuple[Done, ...]:
    """Who wrote it, then who else did something; each once with all that they did."""
    did: dict[Somebody, dict[str, None]] = {}
    writers = [
        (credit.party, credit.role)
        for link in recording.work_links.all()
        for credit in link.work.credits.all()
    ]
    helpers = [
        (credit.party, credit.role)
        for credit in recording.credits.all()
        if credit.role not in _ARTISTS
    ]
    for party, role in (*writers, *helpers):
        word = _WORDS.get(Role(role), str(role))
        did.setdefault(_somebody(party), {})[word] = None
    return tuple(Done(somebody, tuple(roles)) for somebody, roles in did.items())


def _somebody(party: Party) -> Somebody:
    return Somebody(party.name.strip(), tuple(_numbers(party)))


def _numbers(party: Party) -> Iterable[Number]:
    for number in party.partyidentifier_set.all():
        yield Number(_SCHEMES.get(number.scheme, number.scheme), number.value)


def _sound(track: Track, files: Mapping[str, KeptFile]) -> Sound | None:
    master = master_of(track.recording)
    if master is None or master.sha256 not in files:
        return None
    stem = f"{track.disc_number:02}-{track.track_number:03} {track.recording.title}"
    name = safe_file_name(stem, length_max=FILE_STEM_CHARS_MAX)
    return Sound(
        path=f"resources/{name}.{master.container}",
        sha256=master.sha256,
        size_bytes=files[master.sha256].size_bytes,
        codec="PCM" if master.codec.startswith("pcm") else _CODECS.get(master.codec, master.codec),
        container=_CONTAINERS.get(master.container, ""),
        channel_count=master.channel_count,
        sample_rate_hz=master.sample_rate_hz,
        bits_per_sample=master.bits_per_sample or None,
    )


def _enclosed(extra: Extra) -> Enclosed:
    return Enclosed(
        kind=_ENCLOSED[Extra.Kind(extra.kind)],
        title=extra.title.strip() or extra.name,
        # Its name as it lies beside the tracks, so that it comes back under the same one.
        path=f"resources/extras/{extra.name}",
        sha256=extra.sha256,
        size_bytes=extra.size_bytes,
        codec=_ENCLOSED_CODECS[extra.mime_type],
        is_picture=extra.mime_type.startswith("image/"),
    )


def _picture(release: Release, cover: Cover, files: Mapping[str, KeptFile]) -> Picture | None:
    file = files.get(cover.sha256)
    if file is None:
        return None
    return Picture(
        path=f"resources/{folder_name(release)}.{_PICTURES.get(file.codec, 'img')}",
        sha256=cover.sha256,
        size_bytes=file.size_bytes,
        codec=file.codec,
        width_px=cover.width,
        height_px=cover.height,
    )
