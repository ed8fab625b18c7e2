"""Letting a member join a society by its signed mandate, and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.rights.actions import (
    MandateChainError,
    MandateCircleError,
    MandateContradictsError,
    MandateTerms,
    MandateToSelfError,
    RegisterError,
    record_evidence,
)
from pennywhistle.apps.societies.actions import (
    MemberSpeaksForItselfError,
    NotAMemberError,
    join_society,
    leave_society,
)
from pennywhistle.apps.societies.proposals import propose
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.interfaces.common.extent_form import ExtentForm
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.party_field import PartyField, rights_field
from pennywhistle.interfaces.studio.limits import NOTICE_DAYS_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of, society_of
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.societies.models import Society
    from pennywhistle.apps.users.models import User


class JoinForm(ExtentForm):
    """A member's mandate to the society, and the document that it signed."""

    member = PartyField(label=_("Member"))
    rights = rights_field(WORK_RIGHTS)
    is_exclusive = forms.BooleanField(
        label=_("Exclusive: nobody else may license it"), required=False
    )
    notice_days = forms.IntegerField(
        label=_("Notice, in days"), min_value=0, max_value=NOTICE_DAYS_MAX, initial=90
    )
    document = forms.FileField(
        label=_("The signed mandate"),
        help_text=_("Without it nobody's works are licensed. It is kept, up to 64 MiB."),
    )
    field_order = [
        *("member", "document", "rights", "is_exclusive", "included", "excluded"),
        *("first_day", "last_day", "notice_days"),
    ]

    def terms(self, society: Society) -> MandateTerms:
        """The mandate, once everything is valid."""
        cleaned = self.cleaned_data
        return MandateTerms(
            from_party_id=cleaned["member"].pk,
            to_party_id=society.pk,
            rights=tuple(cleaned["rights"]),
            territories=self.territories,
            valid=self.period,
            is_exclusive=cleaned["is_exclusive"],
            notice_days=cleaned["notice_days"],
        )


@require_http_methods(["GET", "POST"])
@members_only
def join(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a party join by its signed mandate."""
    society = society_of(request, public_id)
    form = JoinForm(request.POST or None, request.FILES or None)
    said = ""
    if request.method == "POST" and form.is_valid():
        said = _joined(form, society, person_of(request))
    if said:
        messages.success(request, said)
        return redirect("studio-society-members", public_id)
    context = {
        "society": society,
        "form": form,
        "back": reverse("studio-society-members", args=[public_id]),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "studio/society_join.html", context, status=status)


def _joined(form: JoinForm, society: Society, person: User) -> str:
    """What came of it; empty where something is wrong, which is said on the form."""
    document = form.cleaned_data["document"]
    now = timezone.now()
    try:
        evidence = record_evidence(
            title=document.name or "",
            media_type=document.content_type or "application/octet-stream",
            chunks=document.chunks(),
            now=now,
            user_id=person.pk,
        )
        said = _recorded_or_proposed(form.terms(society), evidence.pk, person.pk, now)
    except (MandateToSelfError, MandateCircleError, MandateChainError) as error:
        form.add_error("member", str(error))
    except MandateContradictsError as error:
        form.add_error("is_exclusive", str(error))
    except (RegisterError, TooLargeError) as error:
        form.add_error("document", str(error))
    else:
        return said
    return ""


def _recorded_or_proposed(
    terms: MandateTerms, evidence_id: int, user_id: int, now: datetime
) -> str:
    """The society's word where that is enough; else the store is asked, by the same document."""
    try:
        with transaction.atomic():
            join_society(
                society_id=terms.to_party_id,
                terms=terms,
                now=now,
                evidence_id=evidence_id,
                user_id=user_id,
            )
    except MemberSpeaksForItselfError:
        propose(
            society_id=terms.to_party_id,
            proposed=terms,
            user_id=user_id,
            now=now,
            evidence_id=evidence_id,
        )
        return gettext(
            "Others know this party too, so that your word is not enough. The store was asked to "
            "record the mandate; nothing holds before it does."
        )
    return gettext("The mandate is recorded.")


@require_POST
@members_only
def leave(request: HttpRequest, public_id: str, mandate_id: int) -> HttpResponse:
    """End a member's mandate when its notice has run."""
    society = society_of(request, public_id)
    try:
        ended = leave_society(society_id=society.pk, mandate_id=mandate_id, now=timezone.now())
    except NotAMemberError as error:
        raise Http404 from error
    if ended is not None and ended.valid_until is not None:
        said = gettext("The mandate ends on %(day)s.") % {
            "day": date_text(ended.valid_until.date())
        }
    else:
        said = gettext("The mandate has ended.")
    messages.success(request, said)
    return redirect("studio-society-members", public_id)
