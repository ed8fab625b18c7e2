"""The blocklist: recordings that the store does not sell, whoever delivers them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.copies.actions import (
    ask_to_block_file,
    ask_to_block_recording,
    end_block,
)
from pennywhistle.apps.copies.errors import CopyError
from pennywhistle.apps.copies.limits import ROWS_PER_PAGE
from pennywhistle.apps.copies.models import Block
from pennywhistle.apps.copies.queries import block_wishes, blocklist
from pennywhistle.apps.media.work import FileRefusedError
from pennywhistle.interfaces.common.copies import ids_after, instant_text
from pennywhistle.interfaces.office.copy_forms import BlockForm
from pennywhistle.interfaces.office.mishaps import EXPECTED, tell
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import operator_of, staff_only

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from pennywhistle.apps.copies.models import BlockWish

# So long the page says what became of what was asked for.
_WISHES_SHOWN_FOR = timedelta(days=1)


@staff_only
@require_http_methods(["GET", "POST"])
def block_list(request: HttpRequest) -> HttpResponse:
    """What is blocked and why, and the form that blocks something."""
    is_posted = request.method == "POST"
    form = (
        BlockForm(request.POST, request.FILES)
        if is_posted
        else BlockForm(initial={"recording": ids_after(request.GET.get("recording", ""))})
    )
    if is_posted and form.is_valid() and _is_asked_for(request, form):
        return HttpResponseRedirect(reverse("office-blocklist"))
    found = blocklist(before_id=ids_after(request.GET.get("after", "")))
    page = searched(request, found, most=ROWS_PER_PAGE, key=lambda row: row.pk)
    wishes = block_wishes(since=timezone.now() - _WISHES_SHOWN_FOR)
    context = {
        "rows": [_line(each) for each in page.rows],
        "pager": page.pager,
        "form": form,
        "wishes": [_wish_line(each) for each in wishes],
        "is_coming": any(each.closed_at is None for each in wishes),
    }
    return render(request, "office/blocklist.html", context, status=400 if is_posted else 200)


def _is_asked_for(request: HttpRequest, form: BlockForm) -> bool:
    now, operator, said = timezone.now(), operator_of(request), form.cleaned_data
    try:
        entry: dict[str, Any] = {
            "title": said["title"],
            "reason": said["reason"],
            "user_id": operator.pk,
            "now": now,
            "evidence_id": form.evidence_id(user_id=operator.pk, now=now),
        }
        if said["recording"]:
            ask_to_block_recording(recording_id=said["recording"], **entry)
        else:
            audio = said["audio"]
            ask_to_block_file(chunks=audio.chunks(), file_name=audio.name, **entry)
    except FileRefusedError as error:
        form.add_error("audio", error.sentence)
    except (CopyError, *EXPECTED) as error:
        tell(form, error)
    else:
        messages.success(request, gettext("It is listened to now. It is blocked in a moment."))
        return True
    return False


@staff_only
@require_POST
def block_end(request: HttpRequest, block_id: int) -> HttpResponse:
    """Hold nothing by an entry any more."""
    block = get_object_or_404(Block, id=block_id)
    try:
        end_block(
            block_id=block.pk,
            reason=request.POST.get("reason", ""),
            user_id=operator_of(request).pk,
            now=timezone.now(),
        )
    except CopyError:
        messages.error(request, gettext("Say why it is not blocked any more."))
    else:
        messages.success(request, gettext("It is not blocked any more."))
    return HttpResponseRedirect(reverse("office-blocklist"))


def _line(block: Block) -> dict[str, Any]:
    end = getattr(block, "end", None)
    return {
        "block": block,
        "at": instant_text(block.recorded_at),
        "end": end,
        "ended_at": instant_text(end.ended_at) if end else "",
    }


def _wish_line(wish: BlockWish) -> dict[str, Any]:
    if wish.closed_at is None:
        state = gettext("Is being listened to; it is blocked in a moment.")
    elif wish.refusal:
        state = gettext("Is not blocked: %(why)s") % {"why": wish.refusal}
    else:
        state = gettext("Is blocked.")
    return {"wish": wish, "state": state, "at": instant_text(wish.asked_at)}
