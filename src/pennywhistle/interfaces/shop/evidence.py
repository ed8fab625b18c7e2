"""What the store found when it judged a master, for everybody: a track's, or all of a release's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from pennywhistle.apps.discovery import pages
from pennywhistle.apps.intake.doubts.queries import mistaken
from pennywhistle.apps.media.evidence import album_of, heard_all, marks_of
from pennywhistle.engines.audio.judgement.limits import false_alarm_rate
from pennywhistle.interfaces.common.format import percent_text
from pennywhistle.interfaces.common.found import drawn, facts_of, spectrum_of
from pennywhistle.interfaces.common.judgement_words import level_text
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.visitor import shopper_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.discovery.queries import ReleaseLine, TrackLine
    from pennywhistle.apps.media.evidence import Heard, Mark

TESTED = (
    _("Decoded from end to end; a FLAC's own checksum was compared."),
    _("Looked for the block patterns of MP3, AAC, Vorbis and Opus."),
    _("Looked for conversion from a lower sample rate, and for bits that hold nothing."),
    _("Looked for silence, clipping, an offset, turned or missing channels, a cut end."),
    _("Measured loudness and true peak by EBU R 128 and ITU-R BS.1770."),
)


@dataclass(frozen=True, slots=True)
class Badge:
    """What a page says of a track's or a release's sound; `url` leads to the evidence."""

    text: str
    url: str
    is_checked: bool


def badges_of(tracks: Sequence[TrackLine]) -> dict[int, str]:
    """By track: "checked", "lossy", or "" where nothing is said; at most two queries."""
    marks = marks_of(track.recording_id for track in tracks)
    doubted = [mark.sha256 for mark in marks.values() if mark.serious]
    set_aside = mistaken(doubted) if doubted else set()
    return {
        track.id: _badge(marks[track.recording_id], set_aside)
        for track in tracks
        if track.recording_id in marks
    }


def _badge(mark: Mark, set_aside: set[tuple[str, str]]) -> str:
    if not mark.is_lossless:
        return "lossy"
    is_clean = all((mark.sha256, code) in set_aside for code in mark.serious)
    return "checked" if mark.is_heard and is_clean else ""


def badge_of(tracks: Sequence[TrackLine], *, kind: str, public_id: str) -> Badge | None:
    """What is said of these tracks together; nothing where there is nothing to say."""
    said = badges_of(tracks)
    checked = sum(badge == "checked" for badge in said.values())
    lossy = sum(badge == "lossy" for badge in said.values())
    url = reverse("evidence", args=[kind, public_id])
    if checked and checked == len(tracks):
        return Badge(gettext("Lossless, checked"), url, is_checked=True)
    if lossy and lossy == len(tracks):
        return Badge(gettext("Lossy master"), url, is_checked=False)
    parts = []
    if checked:
        text = ngettext(
            "%(count)s track lossless, checked", "%(count)s tracks lossless, checked", checked
        )
        parts.append(text % {"count": checked})
    if lossy:
        text = ngettext("%(count)s lossy master", "%(count)s lossy masters", lossy)
        parts.append(text % {"count": lossy})
    return Badge(", ".join(parts), url, is_checked=False) if parts else None


@require_GET
@login_not_required
def evidence(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """The evidence behind “lossless, checked” of a track, or of each track of a release."""
    item = _item(request, kind, public_id)
    if item is None:
        raise Http404
    marks = marks_of(track.recording_id for track in item.tracks)
    heard = heard_all(mark.sha256 for mark in marks.values())
    context = {
        "line": item.line,
        "back": page_of(kind, item.line),
        "rows": _rows(item.tracks, marks, heard, is_alone=kind == "track"),
        "album": _album(heard) if kind == "release" else "",
        "tested": TESTED,
        "false_alarms": percent_text(false_alarm_rate),
        "is_track": kind == "track",
    }
    return render(request, "shop/evidence.html", context)


@dataclass(frozen=True, slots=True)
class _Item:
    """What the evidence is about."""

    line: TrackLine | ReleaseLine
    tracks: Sequence[TrackLine]


def _item(request: HttpRequest, kind: str, public_id: str) -> _Item | None:
    """What is asked for, as far as this visitor may see it."""
    shopper = shopper_of(request)
    if kind == "track":
        track = pages.track_page(public_id, at=shopper.at, user_id=shopper.user_id)
        return _Item(track.line, [track.line]) if track is not None else None
    if kind == "release":
        release = pages.release_page(public_id, at=shopper.at, user_id=shopper.user_id)
        return _Item(release.line, release.tracks) if release is not None else None
    return None


def _rows(
    tracks: Sequence[TrackLine],
    marks: Mapping[int, Mark],
    heard: Mapping[str, Heard],
    *,
    is_alone: bool,
) -> list[dict[str, Any]]:
    badges = badges_of(tracks)
    set_aside = mistaken(heard)
    rows = []
    for track in tracks:
        mark = marks.get(track.recording_id)
        what = heard.get(mark.sha256) if mark is not None else None
        rows.append(
            {
                "track": track,
                "url": reverse("evidence", args=["track", track.public_id]),
                "badge": badges.get(track.id, ""),
                "facts": facts_of(what) if what else [],
                "spectrum": spectrum_of(what) if what and is_alone else None,
                "found": [drawn(each, what) for each in what.judgement.findings]
                if what and is_alone
                else [],
                "set_aside": what is not None
                and any((what.sha256, each.code) in set_aside for each in what.serious),
            }
        )
    return rows


def _album(heard: Mapping[str, Heard]) -> str:
    if not heard:
        return ""
    album = album_of(heard.values())
    return gettext("%(loudness)s, true peak %(peak)s") % {
        "loudness": level_text(album.loudness.integrated_lufs, "LUFS"),
        "peak": level_text(album.true_peak_dbtp, "dBTP"),
    }
