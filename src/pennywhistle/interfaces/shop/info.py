"""Pages about the store: who runs it, help, where the visitor buys."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.apps.proof.policies import published_policy, witness_policy
from pennywhistle.interfaces.common.format import country_name, percent_text
from pennywhistle.interfaces.common.forms import country_choices
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.common.territory import SESSION_KEY, territory_of
from pennywhistle.interfaces.shop.addresses import own_path

if TYPE_CHECKING:
    from django.http import HttpRequest

mails_max = 20
mail_size_bytes_max = 100_000


class TerritoryForm(forms.Form):
    """Where a guest buys."""

    country = forms.ChoiceField(label=_("Country you are in"), choices=country_choices)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@login_not_required
def territory(request: HttpRequest) -> HttpResponse:
    """Say where one buys. A buyer's account has said it, and no session undoes that."""
    is_fixed = request.user.is_authenticated and bool(request.user.country)
    form = TerritoryForm(
        request.POST or None,
        initial={
            "country": territory_of(request),
            "next": own_path(request, request.GET.get("next")),
        },
    )
    if request.method == "POST" and not is_fixed and form.is_valid():
        request.session[SESSION_KEY] = form.cleaned_data["country"]
        return redirect(own_path(request, form.cleaned_data["next"]))
    context = {
        "form": form,
        "is_fixed": is_fixed,
        "country": country_name(territory_of(request)),
        "back": own_path(request, request.GET.get("next")),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/territory.html", context, status=status)


@require_GET
@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """Who runs the store, what it keeps of each price, and how its proof is checked."""
    try:
        log = the_log()
        log_origin, vkey = log.origin, log.verifier.to_text()
    except KeysMissingError:
        log_origin, vkey = "", ""
    context = {
        "share": percent_text(float(store_of(request).share)),
        "log_origin": log_origin,
        "vkey": vkey,
        "witnesses": _witnesses() if vkey else "",
        "country": country_name(store_of(request).home_country),
    }
    return render(request, "shop/about.html", context)


def _witnesses() -> str:
    """Who else watches the log; that nobody does is said too."""
    policy = witness_policy()
    if not policy.witnesses:
        return gettext("Nobody but the store: it has no witnesses yet.")
    names = ", ".join(witness.key.name for witness in policy.witnesses)
    return gettext("%(least)s of %(count)s must sign: %(names)s") % {
        "least": policy.least,
        "count": len(policy.witnesses),
        "names": names,
    }


@require_safe
@login_not_required
def log_policy(request: HttpRequest) -> HttpResponse:
    """The log's keys and witnesses as C2SP tlog-policy, for programs that check receipts."""
    del request
    try:
        text = published_policy(the_log())
    except KeysMissingError as error:
        raise Http404 from error
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_GET
@login_not_required
def help_page(request: HttpRequest) -> HttpResponse:
    """Questions and answers."""
    return render(request, "shop/help.html")


@require_GET
@login_not_required
def demo_mail(request: HttpRequest) -> HttpResponse:
    """In a demo mails go to a folder: here a newcomer reads theirs. Nowhere else."""
    if settings.MODE != "demo":
        raise Http404
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), reverse=True)[:mails_max]
    return render(request, "shop/demo_mail.html", {"mails": [_mail(file) for file in files]})


def _mail(file: Path) -> dict[str, str]:
    with file.open("rb") as opened:
        message = message_from_bytes(opened.read(mail_size_bytes_max), policy=policy.default)
    body = message.get_body(preferencelist=("plain",))
    text = body.get_content() if body else ""
    return {
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "day": str(message["Date"] or ""),
        "text": text.split("-" * 79)[0],
    }
