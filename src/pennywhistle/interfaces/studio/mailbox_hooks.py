"""Webhooks of a supplier: registering one, its page with the last calls, trying it, ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.intake.models import Hook
from pennywhistle.apps.intake.telling.limits import CALLS_SHOWN_MAX
from pennywhistle.apps.intake.telling.registering import (
    AddressRefusedError,
    HookStoppedError,
    TooManyHooksError,
    register_hook,
    remove_hook,
    resume_hook,
    try_hook,
)
from pennywhistle.apps.intake.telling.signing import secret_of
from pennywhistle.interfaces.studio.mailbox_ways import (
    HookForm,
    parties_of,
    supplier_said,
    ways_page,
)
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_REFUSED = {
    "form": _("Write an address such as https://records.example/hook, in plain letters."),
    "scheme": _("Only https:// is called."),
    "unknown-host": _("Nobody of that name is found on the internet."),
    "private": _("That address is not on the public internet, and is not called."),
}


@require_POST
@members_only
def hook_new(request: HttpRequest) -> HttpResponse:
    """Register an address, and show its secret this once."""
    parties, now = parties_of(request), timezone.now()
    supplier = supplier_said(request, parties)
    form = HookForm(request.POST, parties=parties)
    if form.is_valid():
        try:
            made = register_hook(supplier_id=supplier.pk, url=form.cleaned_data["url"], now=now)
        except AddressRefusedError as error:
            form.add_error("url", _REFUSED[error.code])
        except TooManyHooksError:
            form.add_error(None, gettext("You have as many webhooks as one may have. Remove one."))
        else:
            if made.opened_at != now:
                messages.info(request, gettext("That address is registered already."))
                return redirect("studio-hook", made.public_id)
            title = gettext("The secret of %(url)s") % {"url": made.url}
            return ways_page(request, shown={"title": title, "secret": secret_of(made)})
    return ways_page(request, status=400, hook_form=form)


@require_GET
@members_only
def hook(request: HttpRequest, public_id: str) -> HttpResponse:
    """A webhook with its last calls."""
    mine = _mine(request, public_id)
    calls = mine.calls.order_by("-id")[:CALLS_SHOWN_MAX]
    return render(request, "studio/hook.html", {"hook": mine, "calls": calls})


@require_POST
@members_only
def hook_try(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a test event; what became of it stands in the log."""
    try:
        try_hook(hook_id=_mine(request, public_id).pk, now=timezone.now())
    except HookStoppedError:
        messages.error(request, gettext("It is switched off. Switch it on again first."))
    else:
        messages.success(request, gettext("A test is on its way. Look here again in a moment."))
    return redirect("studio-hook", public_id)


@require_POST
@members_only
def hook_resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Switch on again what failed too often."""
    resume_hook(hook_id=_mine(request, public_id).pk)
    messages.success(request, gettext("It is switched on again."))
    return redirect("studio-hook", public_id)


@require_POST
@members_only
def hook_remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Call it no more."""
    remove_hook(hook_id=_mine(request, public_id).pk, now=timezone.now())
    messages.success(request, gettext("The webhook is removed."))
    return redirect("studio-ways")


def _mine(request: HttpRequest, public_id: str) -> Hook:
    mine = Hook.objects.registered_for(user=person_of(request)).select_related("supplier")
    return get_object_or_404(mine, public_id=public_id)
