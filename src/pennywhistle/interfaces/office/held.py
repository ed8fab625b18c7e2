"""Messages that wait for the operator: looking at one again, or refusing it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.intake.ern.receiving import refuse_held, release_held
from pennywhistle.apps.intake.models import Message
from pennywhistle.interfaces.common.sent_document import sent_document
from pennywhistle.interfaces.office.limits import HELD_PER_PAGE
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import staff_only

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


class RefuseForm(forms.Form):
    """Why, in words that the supplier reads."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The supplier reads it. Say what would have to be different."),
    )


@staff_only
@require_GET
def held_list(request: HttpRequest) -> HttpResponse:
    """Everything that waits, the oldest first."""
    found = _held().order_by("id")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:  # noqa: PLR2004 (fits a bigint)
        found = found.filter(id__gt=int(after))
    page = searched(
        request, list(found[: HELD_PER_PAGE + 1]), most=HELD_PER_PAGE, key=lambda each: each.pk
    )
    context = {"rows": [_row(each) for each in page.rows], "pager": page.pager}
    return render(request, "office/held.html", context)


@staff_only
@require_POST
def held_release(request: HttpRequest, public_id: str) -> HttpResponse:
    """Look at it again, by what the register says now."""
    found = get_object_or_404(_held(), public_id=public_id)
    after = release_held(message_id=found.pk, now=timezone.now())
    if after.state == Message.State.HELD:
        messages.warning(request, gettext("It still waits: nothing on record lets it take effect."))
    else:
        word = gettext(after.get_state_display())
        messages.success(request, gettext("Decided: %(state)s.") % {"state": word})
    return redirect("office-held")


@staff_only
@require_http_methods(["GET", "POST"])
def held_refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    """Refuse it for good, with a reason that its supplier reads."""
    found = get_object_or_404(Message.objects.select_related("supplier"), public_id=public_id)
    if request.method == "GET" and found.state != Message.State.HELD:
        raise Http404
    form = RefuseForm(*posted(request))
    page = FormPage(
        title=gettext("Refuse the message %(name)s") % {"name": _name(found)},
        intro=gettext("It changes nothing then, for good. %(supplier)s is told why.")
        % {"supplier": found.supplier.name},
        submit=gettext("Refuse it"),
        done=gettext("The message is refused."),
        back=reverse("office-held"),
        back_label=gettext("Messages that wait"),
    )
    return record_page(
        request,
        page,
        form,
        lambda: refuse_held(message_id=found.pk, why=form.cleaned_data["why"], now=timezone.now()),
    )


@staff_only
@require_GET
def message_document(request: HttpRequest, public_id: str) -> HttpResponseBase:  # noqa: ARG001
    """A message as it was sent."""
    return sent_document(get_object_or_404(Message, public_id=public_id))


def _held() -> Any:  # noqa: ANN401 (a query set of messages)
    held = Message.objects.filter(state=Message.State.HELD)
    return held.select_related("supplier", "release__supplier")


def _name(message: Message) -> str:
    return message.message_id or message.source_name


def _row(message: Message) -> dict[str, Any]:
    """A message with why it waits, and where what it waits for is recorded."""
    release = message.release
    holder = release.supplier if release is not None else None
    is_others = holder is not None and holder.pk != message.supplier_id
    return {
        "message": message,
        "name": _name(message),
        "supplier_url": party_url(message.supplier),
        "findings": message.findings[:5],
        "holder": holder if is_others else None,
        "transfer_url": reverse("office-transfer-new", args=[holder.public_id])
        if is_others and holder is not None
        else "",
    }
