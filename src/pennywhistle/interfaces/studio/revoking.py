"""Revoking a mandate that one of one's parties gave: what changes then, and the word itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import revoke_mandate
from pennywhistle.apps.rights.models import Mandate
from pennywhistle.apps.rights.prospects import releases_weighed_max
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.studio.mandates import DIGITS_MAX, end_of, if_ended
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
@members_only
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Show what the end of a mandate would change; posted, give its notice.

    Whoever acts for the giver only. Posted twice, the second changes nothing.
    """
    mine = Party.objects.acted_for_by(user=person_of(request))
    number = number if number < 10**DIGITS_MAX else 0
    given = Mandate.objects.filter(from_party__in=mine).select_related(
        "from_party", "to_party", "territories", "repertoire"
    )
    now = timezone.now()
    if request.method == "POST":
        mandate = get_object_or_404(given, id=number)
        _revoke(request, mandate)
        return redirect("studio-mandates")
    mandate = get_object_or_404(given.open(), id=number)
    context = {
        **if_ended(mandate, now),
        "notice_days": mandate.notice_days,
        "is_ending": mandate.valid_until is not None
        and mandate.valid_until <= end_of(mandate, now),
        "most": releases_weighed_max,
    }
    return render(request, "studio/mandate_revoke.html", context)


def _revoke(request: HttpRequest, mandate: Mandate) -> None:
    now = timezone.now()
    held = revoke_mandate(mandate_id=mandate.pk, effective_at=end_of(mandate, now), now=now)
    if held is not None and held.valid_until is not None:
        said = gettext("The mandate ends on %(day)s.")
        messages.success(request, said % {"day": date_text(held.valid_until.date())})
    elif mandate.closed_at is None:
        messages.success(request, gettext("The mandate has ended."))
    else:
        messages.info(request, gettext("This mandate was revoked already."))
