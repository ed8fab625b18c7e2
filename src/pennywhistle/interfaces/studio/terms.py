"""Changing prices, territories, periods and splits: each change is a new grant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.intake import offering
from pennywhistle.apps.intake.release_facts import release_facts
from pennywhistle.apps.intake.supplied import tracks_of
from pennywhistle.apps.rights.tiers import tiers_of
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.studio.drawing import terms_text
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.interfaces.studio.split_form import (
    SPLIT_PREFIX,
    Split,
    initial_lines,
    lines_of,
)
from pennywhistle.interfaces.studio.terms_form import TermsForm, initial_of, initial_price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms import BaseFormSet
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.intake.release_facts import ReleaseFacts, ShareNow, TermsNow
    from pennywhistle.interfaces.studio.split_form import SplitLineForm
    from pennywhistle.interfaces.studio.terms_form import Scope


class Forms(NamedTuple):
    """The two forms of a page of terms; `sheet` asks both whether they are valid."""

    terms: TermsForm
    split: BaseFormSet[SplitLineForm]

    def are_valid(self) -> bool:
        """Look at both, so that all slips are shown at once; an unwanted split is not looked at."""
        terms_valid = self.terms.is_valid()
        return (not self.terms.wants_split or self.split.is_valid()) and terms_valid

    def sheet(self) -> offering.Sheet:
        """The terms that they say."""
        return self.terms.sheet(lines_of(self.split) if self.terms.wants_split else ())


def forms_of(
    request: HttpRequest,
    *,
    scope: Scope,
    initial: dict[str, Any],
    lines: Sequence[dict[str, str]],
    tiers: Sequence[str] = (),
) -> Forms:
    """The forms as posted, or with their first values."""
    currency = store_of(request).currency
    if request.method == "POST":
        return Forms(
            TermsForm(request.POST, currency=currency, scope=scope, tiers=tiers),
            Split(request.POST, prefix=SPLIT_PREFIX),
        )
    return Forms(
        TermsForm(initial=initial, currency=currency, scope=scope, tiers=tiers),
        Split(initial=lines, prefix=SPLIT_PREFIX),
    )


@require_http_methods(["GET", "POST"])
@members_only
def release_terms(request: HttpRequest, public_id: str) -> HttpResponse:
    """Terms of a release and all its tracks."""
    facts = _facts(request, public_id)
    first = next((track.terms for track in facts.tracks if track.terms), None)
    standing = facts.terms or first
    initial = initial_of(standing)
    initial |= initial_price("album", facts.terms) | initial_price("track", first)
    forms = _forms(request, "release", facts, initial, _lines(first, facts))
    if facts.message_public_id:
        forms.terms.ask_before_replacing()
    if request.method == "POST" and forms.are_valid():
        offering.offer_release(release_id=facts.id, sheet=forms.sheet(), now=timezone.now())
        return _saved(request, facts)
    return _page(request, facts, forms, reverse("studio-release-terms", args=[public_id]))


@require_http_methods(["GET", "POST"])
@members_only
def track_terms(request: HttpRequest, public_id: str) -> HttpResponse:
    """Terms of one track."""
    mine = tracks_of(user=person_of(request)).filter(public_id=public_id)
    release_public_id = mine.values_list("release__public_id", flat=True).first()
    if release_public_id is None:
        raise Http404
    facts = _facts(request, release_public_id)
    track = next(track for track in facts.tracks if track.public_id == public_id)
    initial = initial_of(track.terms or facts.terms) | initial_price("track", track.terms)
    forms = _forms(request, "track", facts, initial, _lines(track.terms, facts))
    if facts.message_public_id:
        forms.terms.ask_before_replacing()
    if request.method == "POST" and forms.are_valid():
        offering.offer_track(track_id=track.id, sheet=forms.sheet(), now=timezone.now())
        return _saved(request, facts)
    here = reverse("studio-track-terms", args=[public_id])
    return _page(request, facts, forms, here, track_id=track.id, title=track.title)


def _forms(
    request: HttpRequest,
    scope: Scope,
    facts: ReleaseFacts,
    initial: dict[str, Any],
    lines: Sequence[dict[str, str]],
) -> Forms:
    """The forms, with the supplier's tiers, those that stand in grants already among them."""
    codes = [tier.code for tier in tiers_of(supplier_id=facts.supplier_id, at=timezone.now())]
    codes += [each.price_code for each in facts.standing if each.price_code]
    tiers = tuple(dict.fromkeys(codes))
    return forms_of(request, scope=scope, initial=initial, lines=lines, tiers=tiers)


def _facts(request: HttpRequest, public_id: str) -> ReleaseFacts:
    facts = release_facts(user=person_of(request), public_id=public_id, now=timezone.now())
    if facts is None:
        raise Http404
    return facts


def _lines(terms: TermsNow | None, facts: ReleaseFacts) -> list[dict[str, str]]:
    shares: Sequence[ShareNow] = terms.shares if terms else ()
    if shares:
        return initial_lines(shares)
    return [all_to(facts.supplier, facts.supplier_public_id)]


def all_to(name: str, public_id: str) -> dict[str, str]:
    """A first split: everything to one party."""
    return {"payee": name, "role": Role.LABEL, "percent": "100", "party": public_id}


def _saved(request: HttpRequest, facts: ReleaseFacts) -> HttpResponse:
    messages.success(
        request,
        gettext("Recorded. From now on it is sold on these terms; what was sold stays sold."),
    )
    return redirect("studio-release", facts.public_id)


def _page(
    request: HttpRequest,
    facts: ReleaseFacts,
    forms: Forms,
    action: str,
    *,
    track_id: int | None = None,
    title: str = "",
) -> HttpResponse:
    history = [each for each in facts.history if title == "" or each.track_id == track_id]
    standing = [each for each in facts.standing if title == "" or each.track_id == track_id]
    context = {
        "release": facts,
        "title": title or facts.title,
        "form": forms.terms,
        "split": forms.split,
        "action": action,
        "back": reverse("studio-release", args=[facts.public_id]),
        "history": [terms_text(each) for each in history],
        "standing": [terms_text(each) for each in standing],
        "has_sale": any(each.is_sale for each in standing),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "studio/terms.html", context, status=status)
