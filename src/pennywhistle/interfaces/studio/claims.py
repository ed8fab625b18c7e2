"""Disputes in which one's parties claim something: reading, answering, and claiming less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.claims.actions import (
    ClaimError,
    DisputeSettledError,
    NotAClaimantError,
    lower_share,
    preview_lowering,
    state_position,
)
from pennywhistle.apps.claims.areas import contested_areas
from pennywhistle.apps.claims.dossier import claims_in, positions_in
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import (
    disputes_of,
    disputes_per_page,
    ended_disputes_of,
    held_money,
)
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import EvidenceEmptyError
from pennywhistle.interfaces.common.disputes import (
    area_texts,
    claim_texts,
    letter_of,
    number_of,
    part_text,
    title_of,
)
from pennywhistle.interfaces.common.format import date_text, price_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.studio.claim_forms import LowerForm, PositionForm
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.claims.queries import DisputeRow
    from pennywhistle.apps.rights.models import OwnershipShare

_ID_LENGTH_MAX = 18


@require_GET
@members_only
def claim_list(request: HttpRequest) -> HttpResponse:
    """The disputes that wait for one's answer, the oldest first, and those that are over."""
    person = person_of(request)
    after = request.GET.get("after", "")
    is_number = after.isascii() and after.isdigit() and len(after) <= _ID_LENGTH_MAX
    found = disputes_of(user=person, after_id=int(after) if is_number else 0)
    rows = found[:disputes_per_page]
    more = f"{request.path}?after={rows[-1].id}" if len(found) > len(rows) else ""
    context = {
        "rows": [_row(row) for row in rows],
        "ended": [_row(row) for row in ended_disputes_of(user=person)],
        "pager": {"previous_url": request.path if after else "", "next_url": more},
    }
    return render(request, "studio/claims.html", context)


@require_GET
@members_only
def claim(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """A dispute as its claimants may know it: all claims, and one's own positions."""
    return _drawn(request, _told_or_404(request, dispute_id))


@require_http_methods(["POST"])
@members_only
def claim_answer(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Say why a share is one's own, with the document that proves it."""
    dispute = _told_or_404(request, dispute_id)
    mine = _mine(request, dispute)
    form = PositionForm(request.POST, request.FILES, parties=_parties(mine))
    if not form.is_valid():
        return _drawn(request, dispute, answer=form, status=400)
    now, person = timezone.now(), person_of(request)
    try:
        with transaction.atomic():
            state_position(
                dispute_id=dispute.pk,
                party_id=form.cleaned_data["party"].pk,
                statement=form.cleaned_data["statement"],
                now=now,
                evidence_id=form.evidence_id(user_id=person.pk, now=now),
            )
    except (EvidenceEmptyError, TooLargeError):
        form.add_error("document", gettext("Choose a file with something in it, up to 64 MiB."))
        return _drawn(request, dispute, answer=form, status=400)
    except ClaimError:
        messages.info(request, gettext("This dispute has changed meanwhile."))
    else:
        messages.success(request, gettext("The operator of the store reads it."))
    return _back(dispute)


@require_http_methods(["POST"])
@members_only
def claim_lower(request: HttpRequest, dispute_id: int) -> HttpResponse:
    """Claim less, or nothing: shown first, done once one is sure."""
    dispute = _told_or_404(request, dispute_id)
    form = LowerForm(request.POST, shares=_mine(request, dispute))
    if not form.is_valid():
        if "share" in form.errors:
            # Lowered a moment ago, by the same button, or settled.
            messages.info(request, gettext("This dispute has changed meanwhile."))
            return _back(dispute)
        return _drawn(request, dispute, lower=form, status=400)
    said = {
        "dispute_id": dispute.pk,
        "share_id": form.share_id,
        "part": form.cleaned_data["part"],
        "user": person_of(request),
        "now": timezone.now(),
    }
    try:
        if request.POST.get("do") != "lower":
            return _drawn(request, dispute, lower=form, would=preview_lowering(**said))
        outcome = lower_share(**said)
    except (NotAClaimantError, DisputeSettledError):
        messages.info(request, gettext("This dispute has changed meanwhile."))
    except ClaimError:
        form.add_error("part", gettext("Write a part that is less than what is claimed now."))
        return _drawn(request, dispute, lower=form, status=400)
    else:
        done = gettext("Your share is lowered.")
        over = gettext("Your share is lowered, and the dispute is over.")
        messages.success(request, over if outcome.ends else done)
    return _back(dispute)


def _drawn(
    request: HttpRequest,
    dispute: Dispute,
    *,
    answer: PositionForm | None = None,
    lower: LowerForm | None = None,
    would: Any = None,  # noqa: ANN401 (an Outcome, for the template)
    status: int = 200,
) -> HttpResponse:
    shares = claims_in(dispute)
    mine = _mine(request, dispute, shares)
    own = {share.party_id for share in mine}
    areas = contested_areas(shares)
    context = {
        "dispute": dispute,
        "title": title_of(dispute),
        "number": number_of(dispute),
        "right": right_name(dispute.right),
        "is_open": dispute.settled_at is None,
        "held": [price_text(money) for money in held_money(dispute)],
        "due": date_text(dispute.evidence_due_at.date()),
        "ended": date_text(dispute.settled_at.date()) if dispute.settled_at else "",
        "claims": [
            (text, share.party_id in own)
            for text, share in zip(claim_texts(shares), shares, strict=True)
        ],
        "areas": area_texts(areas),
        "positions": [each for each in positions_in(dispute) if each.party_id in own],
        "letter": letter_of(
            dispute,
            shares,
            areas,
            store=store_of(request).name,
            url=settings.ORIGIN + reverse("studio-claim", args=[dispute.pk]),
        ),
        "answer": answer or PositionForm(parties=_parties(mine)),
        "lower": lower or LowerForm(shares=mine),
        "would": would and {"claimed": part_text(would.claimed), "ends": would.ends},
        "has_share": bool(mine),
    }
    return render(request, "studio/claim.html", context, status=status)


def _row(row: DisputeRow) -> dict[str, Any]:
    return {
        "url": reverse("studio-claim", args=[row.id]),
        "title": row.title,
        "right": right_name(row.right),
        "is_work": row.is_work,
        "claimants": ", ".join(row.claimants),
        "claimed": part_text(row.claimed),
        "held": " + ".join(price_text(money) for money in row.held),
        "due": date_text(row.evidence_due_at.date()),
        "ended": date_text(row.settled_at.date()) if row.settled_at else "",
    }


def _told_or_404(request: HttpRequest, dispute_id: int) -> Dispute:
    told = Dispute.objects.told_to(user=person_of(request))
    return get_object_or_404(told.select_related("work", "recording"), id=dispute_id)


def _mine(
    request: HttpRequest, dispute: Dispute, shares: Sequence[OwnershipShare] | None = None
) -> list[OwnershipShare]:
    """The shares of one's own parties among those that stand."""
    parties = set(Party.objects.acted_for_by(user=person_of(request)).values_list("id", flat=True))
    found = claims_in(dispute) if shares is None else shares
    return [share for share in found if share.party_id in parties]


def _parties(shares: Sequence[OwnershipShare]) -> list[Party]:
    return list({share.party_id: share.party for share in shares}.values())


def _back(dispute: Dispute) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("studio-claim", args=[dispute.pk]))
