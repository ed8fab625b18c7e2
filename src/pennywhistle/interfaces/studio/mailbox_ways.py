"""Ways to deliver and to be told: mailboxes, keys for uploads, webhooks, feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from pennywhistle.apps.intake.models import FeedAddress, Hook, Mailbox, SupplierKey
from pennywhistle.apps.intake.telling.registering import open_feed, revoke_feed
from pennywhistle.apps.intake.ways.actions import TooManyKeysError, create_key, revoke_key
from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.studio.limits import KEYS_SHOWN_MAX
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


class OwnForm(forms.Form):
    """For whom; not asked where one acts for one party only."""

    name = "own"
    supplier = forms.ChoiceField(label=_("For"))

    def __init__(self, *args: Any, parties: Sequence[Party], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        # No two forms of the page have the same ids.
        self.auto_id = f"{self.name}_%s"
        field = self.fields["supplier"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(party.public_id, party.name) for party in parties]
        if len(parties) == 1:
            field.widget = forms.HiddenInput()
            self.initial.setdefault("supplier", parties[0].public_id)


class KeyForm(OwnForm):
    """What a key is for."""

    name = "key"
    label = forms.CharField(
        label=_("Called"), max_length=120, help_text=_("The program or machine that uses it.")
    )


class HookForm(OwnForm):
    """Where news are sent."""

    name = "hook"
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput,
        help_text=_("https://…, reachable from the internet. Redirects are not followed."),
    )


class FeedForm(OwnForm):
    """Whose news the feed has."""

    name = "feed"


def parties_of(request: HttpRequest) -> list[Party]:
    """The parties that the person acts for."""
    return list(Party.objects.acted_for_by(user=person_of(request)).order_by("name", "id"))


def supplier_said(request: HttpRequest, parties: Sequence[Party]) -> Party:
    """The party that a form names; another's is not there."""
    said = request.POST.get("supplier", "")
    found = next((party for party in parties if party.public_id == said), None)
    if found is None:
        raise Http404
    return found


def ways_page(
    request: HttpRequest,
    *,
    status: int = 200,
    shown: dict[str, str] | None = None,
    key_form: KeyForm | None = None,
    hook_form: HookForm | None = None,
) -> HttpResponse:
    """The page, with forms as they were sent, and with a secret that is shown this once."""
    parties = parties_of(request)
    ids = [party.pk for party in parties]
    context = {
        "mailboxes": Mailbox.objects.filter(supplier_id__in=ids)
        .select_related("supplier")
        .order_by("closed_at", "id"),
        "upload_url": request.build_absolute_uri("/deliveries/"),
        "keys": SupplierKey.objects.filter(supplier_id__in=ids)
        .select_related("supplier")
        .order_by("-id")[:KEYS_SHOWN_MAX],
        "hooks": Hook.objects.registered_for(user=person_of(request)).select_related("supplier"),
        "feeds": FeedAddress.objects.held_by(user=person_of(request)).select_related("supplier"),
        "key_form": key_form or KeyForm(parties=parties),
        "hook_form": hook_form or HookForm(parties=parties),
        "feed_form": FeedForm(parties=parties),
        "shown": shown,
    }
    response = render(request, "studio/ways.html", context, status=status)
    if shown:
        response["Cache-Control"] = "no-store"
    return response


@require_GET
@members_only
def ways(request: HttpRequest) -> HttpResponse:
    """Where to put files, which programs may upload, and who is told."""
    return ways_page(request)


@require_POST
@members_only
def key_new(request: HttpRequest) -> HttpResponse:
    """Make a key, and show it this once."""
    parties = parties_of(request)
    supplier = supplier_said(request, parties)
    form = KeyForm(request.POST, parties=parties)
    if form.is_valid():
        label = form.cleaned_data["label"]
        try:
            _key, written = create_key(supplier_id=supplier.pk, label=label, now=timezone.now())
        except TooManyKeysError:
            form.add_error(None, gettext("You have as many keys as one may have. Revoke one."))
        else:
            title = gettext("The key “%(label)s”") % {"label": label}
            return ways_page(request, shown={"title": title, "secret": written})
    return ways_page(request, status=400, key_form=form)


@require_POST
@members_only
def key_revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Let a key open nothing any more."""
    mine = SupplierKey.objects.filter(supplier__in=parties_of(request))
    revoke_key(key_id=get_object_or_404(mine, id=key_id).pk, now=timezone.now())
    messages.success(request, gettext("The key is revoked."))
    return redirect("studio-ways")


@require_POST
@members_only
def feed_new(request: HttpRequest) -> HttpResponse:
    """Make one's feed address, and show it this once; an earlier one ends."""
    supplier = supplier_said(request, parties_of(request))
    token = open_feed(supplier_id=supplier.pk, user_id=person_of(request).pk, now=timezone.now())
    address = request.build_absolute_uri(reverse("studio-feed", args=[token]))
    title = gettext("Your feed of %(name)s") % {"name": supplier.name}
    return ways_page(request, shown={"title": title, "secret": address})


@require_POST
@members_only
def feed_revoke(request: HttpRequest) -> HttpResponse:
    """End one's feed address."""
    supplier = supplier_said(request, parties_of(request))
    revoke_feed(supplier_id=supplier.pk, user_id=person_of(request).pk, now=timezone.now())
    messages.success(request, gettext("The feed's address answers no more."))
    return redirect("studio-ways")
