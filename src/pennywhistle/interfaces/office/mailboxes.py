"""Suppliers' mailboxes: all of them, opening and closing one, and what came by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pennywhistle.apps.intake.models import Mailbox
from pennywhistle.apps.intake.ways.actions import close_mailbox, open_mailbox
from pennywhistle.apps.intake.ways.looks import ask_for_look
from pennywhistle.interfaces.common.party_field import PartyField
from pennywhistle.interfaces.office.limits import MAILBOXES_PER_PAGE, PARCELS_SHOWN_MAX
from pennywhistle.interfaces.office.parties import party_url
from pennywhistle.interfaces.office.recording_page import FormPage, posted, record_page
from pennywhistle.interfaces.office.searching import searched
from pennywhistle.interfaces.office.staff import staff_only

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

UPLOAD = "upload"


class MailboxForm(forms.Form):
    """Where a supplier's messages will arrive."""

    supplier = PartyField(label=_("Supplier"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("place", _("a folder of this machine, or an S3 prefix")),
            (UPLOAD, _("uploads by HTTPS, with a key that the supplier makes in the studio")),
        ],
    )
    location = forms.CharField(
        label=_("Place"),
        max_length=1_000,
        required=False,
        help_text=_("A folder such as /srv/ern/label, or s3://bucket/prefix. Not for uploads."),
    )
    accepts_missing_start = forms.BooleanField(
        label=_("The contract says that a deal without a first day holds at once"),
        required=False,
        help_text=_("Only for messages before ERN 4.2. Without it such deals are refused."),
    )

    def clean(self) -> dict[str, Any]:
        """A place needs an address, and an upload has none."""
        said = super().clean() or {}
        if said.get("kind") == UPLOAD:
            said["location"] = UPLOAD
        elif not said.get("location"):
            self.add_error("location", ValidationError(gettext("Write a folder or an S3 prefix.")))
        return said


@staff_only
@require_GET
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """All mailboxes: those in trouble first, then by supplier; or those of whom a search means."""
    text = request.GET.get("q", "").strip()[:300].replace("\0", "")
    found = Mailbox.objects.open().select_related("supplier").order_by("id")
    if text:
        found = found.filter(supplier__name__icontains=text)
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:  # noqa: PLR2004 (fits a bigint)
        found = found.filter(id__gt=int(after))
    troubled = [] if after else list(found.exclude(trouble="")[:MAILBOXES_PER_PAGE])
    page = searched(
        request, list(found[: MAILBOXES_PER_PAGE + 1]), most=MAILBOXES_PER_PAGE, key=lambda m: m.pk
    )
    context = {"query": text, "troubled": troubled, "rows": page.rows, "pager": page.pager}
    return render(request, "office/mailboxes.html", context)


@staff_only
@require_http_methods(["GET", "POST"])
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """Open a mailbox; the same again is the one that is open."""
    form = MailboxForm(*posted(request))

    def record() -> None:
        said = form.cleaned_data
        open_mailbox(
            supplier_id=said["supplier"].pk,
            location=said["location"],
            accepts_missing_start=said["accepts_missing_start"],
            now=timezone.now(),
        )

    page = FormPage(
        title=gettext("A mailbox"),
        intro=gettext("It is looked into every minute from now on."),
        submit=gettext("Open it"),
        done=gettext("The mailbox is open."),
        back=reverse("office-mailboxes"),
        back_label=gettext("Mailboxes"),
    )
    return record_page(request, page, form, record)


@staff_only
@require_GET
def mailbox(request: HttpRequest, public_id: str) -> HttpResponse:
    """A mailbox with what came by it last."""
    found = _mailbox(public_id)
    parcels = found.parcels.annotate(message_count=Count("messages")).order_by("-id")
    context = {
        "mailbox": found,
        "supplier_url": party_url(found.supplier),
        "parcels": parcels[:PARCELS_SHOWN_MAX],
        "key_count": found.supplier.supplier_keys.filter(revoked_at__isnull=True).count(),
    }
    return render(request, "office/mailbox.html", context)


@staff_only
@require_POST
def mailbox_look(request: HttpRequest, public_id: str) -> HttpResponse:
    """Have it looked into at once."""
    ask_for_look(mailbox_id=_mailbox(public_id).pk)
    messages.success(request, gettext("It is being looked into. Look here again in a moment."))
    return redirect("office-mailbox", public_id)


@staff_only
@require_http_methods(["GET", "POST"])
def mailbox_close(request: HttpRequest, public_id: str) -> HttpResponse:
    """Look into it no more; what it brought stays."""
    found = _mailbox(public_id)
    page = FormPage(
        title=gettext("Close the mailbox of %(name)s") % {"name": found.supplier.name},
        intro=gettext("It is not looked into any more. What came by it stays as it is."),
        submit=gettext("Close it"),
        done=gettext("The mailbox is closed."),
        back=reverse("office-mailbox", args=[public_id]),
        back_label=found.location or gettext("HTTPS upload"),
    )
    form = forms.Form(*posted(request))
    return record_page(
        request, page, form, lambda: close_mailbox(mailbox_id=found.pk, now=timezone.now())
    )


def _mailbox(public_id: str) -> Mailbox:
    return get_object_or_404(Mailbox.objects.select_related("supplier"), public_id=public_id)
