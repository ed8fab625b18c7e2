"""Access tokens for one's own programs: for the shelf or the open API; shown once, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import (
    LABEL_CHARS_MAX,
    TooManyTokensError,
    create_token,
    revoke_token,
)
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class TokenForm(forms.Form):
    """What a token is for."""

    scope = forms.ChoiceField(
        label=_("Opens"),
        choices=[
            (AccessToken.Scope.SHELF.value, _("My shelf: what I own")),
            (AccessToken.Scope.CATALOG.value, _("The open catalog API: more questions a minute")),
        ],
        initial=AccessToken.Scope.SHELF.value,
    )
    label = forms.CharField(
        label=_("Called"),
        max_length=LABEL_CHARS_MAX,
        help_text=_("The program or device that uses it."),
    )


@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens that open one's shelf, and a form for another one."""
    buyer = buyer_of(request)
    # What does not say what it is for, is for the shelf.
    said = {"scope": AccessToken.Scope.SHELF.value, **request.POST.dict()}
    form = TokenForm(said if request.method == "POST" else None)
    made, scope = "", AccessToken.Scope.SHELF
    if request.method == "POST" and form.is_valid():
        scope = AccessToken.Scope(form.cleaned_data["scope"])
        try:
            made = create_token(
                user_id=buyer.pk, label=form.cleaned_data["label"], scope=scope, now=now()
            )
            form = TokenForm()
        except TooManyTokensError:
            form.add_error(None, gettext("You have as many tokens as one may have. End one first."))
    context = {
        "form": form,
        "made": made,
        "is_for_catalog": scope == AccessToken.Scope.CATALOG,
        "tokens": AccessToken.objects.held_by(user=buyer),
        "origin": settings.ORIGIN,
        "dav_url": settings.ORIGIN + reverse("sync:dav-root"),
    }
    status = 400 if request.method == "POST" and not made else 200
    response = render(request, "shop/tokens.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own tokens; another's is not touched."""
    revoke_token(user_id=buyer_of(request).pk, token_id=token_id, now=now())
    messages.success(request, gettext("The token opens nothing any more."))
    return redirect("tokens")
