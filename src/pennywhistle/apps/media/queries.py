"""What pages need of covers and sound: addresses, waveforms, previews; one query for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.media.models import Cover, Master, Rendition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The recipe under which a preview stands among the renditions.
PREVIEW = "preview"
PREVIEW_MIME_TYPE = "audio/mpeg"
COVER_EXTENSIONS = {"jpeg": "jpg", "avif": "avif"}
COVER_MIME_TYPES = {"jpg": "image/jpeg", "avif": "image/avif"}

WAVEFORM_VIEWBOX = "0 0 800 64"
_WAVE_WIDTH, _WAVE_HEIGHT = 800, 64
_BAR_COUNT = 200
_BAR_WIDTH = 3
_PEAK_MAX = 255
# Louder masters are turned down to this by the player; quieter ones are left as they are.
_PLAYER_LUFS = -14.0


@dataclass(frozen=True, slots=True)
class CoverPicture:
    """A cover's addresses in three widths; the fields that the cover component wants."""

    jpeg_320: str
    jpeg_640: str
    jpeg_1280: str
    avif_320: str
    avif_640: str
    avif_1280: str
    alt: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as a page shows and plays it; without preview its SHA-256 is empty."""

    waveform_path: str
    gain_db: float
    is_lossless: bool
    preview_sha256: str
    preview_size_bytes: int


def covers_of(
    release_ids: Iterable[int], *, address: Callable[[str, str], str]
) -> dict[int, CoverPicture]:
    """The covers of releases that have one, in one query.

    Args:
        release_ids: whose.
        address: makes the address of a file from its SHA-256 and its extension ("jpg", "avif").
    """
    covers = Cover.objects.filter(release_id__in=list(release_ids)).select_related("release")
    return {cover.release_id: _picture(cover, address) for cover in covers}


def _picture(cover: Cover, address: Callable[[str, str], str]) -> CoverPicture:
    def at(name: str) -> str:
        sha256 = cover.sizes.get(name)
        return address(sha256, COVER_EXTENSIONS[name.partition("-")[0]]) if sha256 else ""

    return CoverPicture(
        jpeg_320=at("jpeg-320"),
        jpeg_640=at("jpeg-640"),
        jpeg_1280=at("jpeg-1280"),
        avif_320=at("avif-320"),
        avif_640=at("avif-640"),
        avif_1280=at("avif-1280"),
        alt=f"{cover.release.title}, {cover.release.artist_line}",
    )


def cover_jpeg_sha256(*, release_id: int, side_px: int = 1280) -> str:
    """The stored JPEG of a release's cover, as it is put into downloads; empty without one."""
    cover = Cover.objects.filter(release_id=release_id).only("sizes").first()
    return str(cover.sizes.get(f"jpeg-{side_px}", "")) if cover else ""


def sounds_of(recording_ids: Iterable[int]) -> dict[int, Sound]:
    """Waveform, loudness and preview of recordings that have a master, in two queries."""
    wanted = list(recording_ids)
    previews = {
        preview.recording_id: preview
        for preview in Rendition.objects.filter(recording_id__in=wanted, recipe=PREVIEW)
    }
    masters = Master.objects.filter(recording_id__in=wanted)
    return {m.recording_id: _sound(m, previews.get(m.recording_id)) for m in masters}


def _sound(master: Master, preview: Rendition | None) -> Sound:
    return Sound(
        waveform_path=waveform_path(bytes(master.peaks)),
        gain_db=gain_db(None if master.loudness_lufs is None else float(master.loudness_lufs)),
        is_lossless=master.is_lossless,
        preview_sha256=preview.sha256 if preview else "",
        preview_size_bytes=preview.file_size_bytes if preview else 0,
    )


def waveform_data(master: Master) -> dict[str, Any]:
    """A master's peaks in the form of BBC's audiowaveform, version 2, which web players read.

    It pairs a least and a greatest value of -128 to 127 for each stretch of samples.
    """
    peaks = [peak // 2 for peak in bytes(master.peaks)]
    return {
        "version": 2,
        "channels": 1,
        "sample_rate": master.sample_rate_hz,
        "samples_per_pixel": max(1, round(master.sample_count / max(1, len(peaks)))),
        "bits": 8,
        "length": len(peaks),
        "data": [value for peak in peaks for value in (-peak, peak)],
    }


def gain_db(loudness_lufs: float | None) -> float:
    """How much the player turns a recording down, at most 0."""
    if loudness_lufs is None:
        return 0.0
    return round(min(0.0, _PLAYER_LUFS - loudness_lufs), 2)


def waveform_path(peaks: bytes) -> str:
    """The `d` of one SVG path in `WAVEFORM_VIEWBOX`, to be filled: 200 bars about the middle."""
    if not peaks:
        return ""
    count = min(_BAR_COUNT, len(peaks))
    step = _WAVE_WIDTH / count
    bars = []
    for index in range(count):
        first, after = index * len(peaks) // count, (index + 1) * len(peaks) // count
        height = max(2, round(max(peaks[first:after]) * _WAVE_HEIGHT / _PEAK_MAX))
        top = (_WAVE_HEIGHT - height) // 2
        bars.append(f"M{round(index * step)} {top}h{_BAR_WIDTH}v{height}h-{_BAR_WIDTH}z")
    return "".join(bars)
