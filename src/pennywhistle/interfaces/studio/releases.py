"""The supplier's releases: the list, one of them, withdrawing and putting back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.catalog.actions import offer_original
from pennywhistle.apps.catalog.queries import extras_of
from pennywhistle.apps.intake import offering
from pennywhistle.apps.intake.release_facts import release_facts, verdicts_of
from pennywhistle.apps.intake.supplied import (
    RELEASES_PER_PAGE,
    ReleaseRow,
    release_rows,
    releases_of,
    tracks_of,
)
from pennywhistle.interfaces.common.authority import reasons_of
from pennywhistle.interfaces.common.extra_words import extra_text
from pennywhistle.interfaces.common.format import (
    country_name,
    date_text,
    duration_text,
    price_text,
)
from pennywhistle.interfaces.common.forms import country_choices
from pennywhistle.interfaces.common.split_bar import accounts_of
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import is_territory
from pennywhistle.interfaces.studio.drawing import (
    price_of_item,
    price_or_none,
    split_text,
    terms_text,
    waterfall_of,
)
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.release_facts import (
        ItemVerdict,
        ReleaseFacts,
        TermsNow,
        TrackFacts,
    )
    from pennywhistle.apps.media.models import Master
    from pennywhistle.kernel.purse import Purse

# Where there is no figure, and between two: an en dash.
NONE = "\u2013"


@require_GET
@members_only
def release_list(request: HttpRequest) -> HttpResponse:
    """All releases of the parties that one acts for, the last supplied first."""
    person, before = person_of(request), request.GET.get("before")
    before_id = get_object_or_404(releases_of(user=person), public_id=before).pk if before else None
    found = release_rows(user=person, before_id=before_id, now=timezone.now())
    shown = found[:RELEASES_PER_PAGE]
    older = (
        f"{reverse('studio-releases')}?before={shown[-1].public_id}"
        if found[RELEASES_PER_PAGE:]
        else ""
    )
    context = {
        "rows": [_row(each) for each in shown],
        "pager": {"previous_url": "", "next_url": older},
        "empty": {
            "title": gettext("No release yet"),
            "text": gettext("Upload its files; the store reports on them before anything is sold."),
            "action_url": reverse("studio-upload"),
            "action_label": gettext("Upload music"),
        },
    }
    return render(request, "studio/releases.html", context)


def _row(row: ReleaseRow) -> dict[str, Any]:
    least, most = row.track_price_least, row.track_price_most
    tracks = price_text(least) if least else NONE
    if least and most and least != most:
        tracks = f"{price_text(least)} {NONE} {price_text(most)}"
    return {
        "row": row,
        "url": reverse("studio-release", args=[row.public_id]),
        "released_on": date_text(row.released_on),
        "album": price_text(row.album_price) if row.album_price else NONE,
        "tracks": tracks,
        "lossy_count": row.track_count - row.lossless_count,
    }


@require_GET
@members_only
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """One release: files, terms, where each price goes, and why it cannot be sold somewhere."""
    now = timezone.now()
    facts = release_facts(user=person_of(request), public_id=public_id, now=now)
    if facts is None:
        raise Http404
    country = _country(request, facts)
    verdicts = verdicts_of(release_id=facts.id, territory=country, now=now)
    by_track = {each.track_id: each for each in verdicts}
    whole = by_track.get(None)
    accounts = accounts_of(each.verdict for each in verdicts)
    context = {
        "release": facts,
        "released_on": date_text(facts.released_on),
        "terms": terms_text(facts.terms) if facts.terms else None,
        "album_price": price_of_item(_of_item(facts, None)) if facts.terms else price_or_none(None),
        "standing": [terms_text(each) for each in facts.standing],
        "has_sale": any(each.is_sale for each in facts.standing),
        "waterfall": waterfall_of(whole.verdict, accounts) if whole else None,
        "tracks": [_track(each, facts, by_track.get(each.id), accounts) for each in facts.tracks],
        "history": [terms_text(each) for each in facts.history],
        "country": country,
        "country_name": country_name(country),
        "countries": country_choices(),
        "verdicts": [_verdict(each) for each in verdicts],
        "extras": [
            extra_text(each)
            for each in extras_of([facts.id]).get(facts.id, ())
            if each.left_at is None
        ],
    }
    return render(request, "studio/release.html", context)


def _country(request: HttpRequest, facts: ReleaseFacts) -> str:
    """The country asked for; else the store's own; else the first where it is sold."""
    asked = request.GET.get("country", "")
    if is_territory(asked):
        return asked
    home = str(store_of(request).home_country)
    granted = [terms.territories for terms in facts.history if terms.closed_at is None]
    if not granted or any(home in territories for territories in granted):
        return home
    return next(iter(granted[0]), home)


def _of_item(facts: ReleaseFacts, track_id: int | None) -> list[TermsNow]:
    return [terms for terms in facts.standing if terms.track_id == track_id]


def _track(
    track: TrackFacts,
    facts: ReleaseFacts,
    verdict: ItemVerdict | None,
    accounts: Mapping[Purse, int],
) -> dict[str, Any]:
    terms = track.terms
    return {
        "track": track,
        "length": duration_text(track.duration_ms),
        "file": _file_text(track.master),
        "is_lossy": track.master is not None and not track.master.is_lossless,
        "price": price_of_item(_of_item(facts, track.id)) if terms else gettext("no terms yet"),
        "split": split_text(terms.shares) if terms else "",
        "waterfall": waterfall_of(verdict.verdict, accounts) if verdict else None,
        "terms_url": reverse("studio-track-terms", args=[track.public_id]),
        "stop_url": reverse("studio-track-stop", args=[track.public_id]),
        "resume_url": reverse("studio-track-resume", args=[track.public_id]),
    }


def _file_text(master: Master | None) -> str:
    if master is None:
        return ""
    parts = [master.codec.upper(), f"{master.sample_rate_hz / 1000:g} kHz"]
    if master.bits_per_sample:
        parts.append(f"{master.bits_per_sample} bit")
    return " · ".join(parts)


def _verdict(each: ItemVerdict) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "title": each.title,
        "is_release": each.track_id is None,
        "allowed": verdict.allowed,
        "price": price_text(verdict.price) if verdict.price else "",
        "reasons": reasons_of(verdict),
    }


@require_POST
@members_only
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a release off the shelves."""
    mine = get_object_or_404(releases_of(user=person_of(request)), public_id=public_id)
    offering.withdraw(release_id=mine.pk, now=timezone.now())
    messages.success(
        request, gettext("Withdrawn. Nobody can buy it now; whoever did keeps their files.")
    )
    return redirect("studio-release", mine.public_id)


@require_POST
@members_only
def put_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a withdrawn release back."""
    mine = get_object_or_404(releases_of(user=person_of(request)), public_id=public_id)
    offering.put_back(release_id=mine.pk, now=timezone.now())
    messages.success(request, gettext("It is back on the shelves."))
    return redirect("studio-release", mine.public_id)


@require_POST
@members_only
def stop_track(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop the sale of a track."""
    mine = get_object_or_404(tracks_of(user=person_of(request)), public_id=public_id)
    offering.stop_track(track_id=mine.pk, now=timezone.now())
    messages.success(
        request, gettext("The sale of “%(title)s” is stopped.") % {"title": mine.title}
    )
    return redirect("studio-release", mine.release.public_id)


@require_POST
@members_only
def resume_track(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a track be sold again."""
    mine = get_object_or_404(tracks_of(user=person_of(request)), public_id=public_id)
    offering.resume_track(track_id=mine.pk, now=timezone.now())
    messages.success(request, gettext("“%(title)s” is sold again.") % {"title": mine.title})
    return redirect("studio-release", mine.release.public_id)


@require_POST
@members_only
def originals(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let buyers have the delivered files themselves, or no longer."""
    mine = get_object_or_404(releases_of(user=person_of(request)), public_id=public_id)
    is_offered = request.POST.get("offers") == "yes"
    offer_original(release_id=mine.pk, is_offered=is_offered)
    messages.success(
        request,
        gettext("Buyers can fetch the files as you delivered them.")
        if is_offered
        else gettext("Buyers get files that the store makes, and no originals."),
    )
    return redirect("studio-release", mine.public_id)
