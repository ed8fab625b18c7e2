"""The page of one form: draw it, or record what it says, and go back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render

from pennywhistle.interfaces.office.mishaps import EXPECTED, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseFormSet, Form
    from django.http import HttpRequest, HttpResponse, QueryDict
    from django.utils.datastructures import MultiValueDict


@dataclass(frozen=True, slots=True)
class FormPage:
    """What stands around a form; `done` is said once it is recorded, `back` is where it leads.

    A function says `done` where it depends on what was recorded.
    """

    title: str
    submit: str
    done: str | Callable[[], str]
    back: str
    back_label: str
    intro: str = ""
    lines_label: str = ""


def posted(request: HttpRequest) -> tuple[QueryDict | None, MultiValueDict[str, Any] | None]:
    """What was sent, fields and files; nothing where the page is only asked for.

    Not `request.POST or None`: a form of ticks that are all empty is sent as nothing, too.
    """
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def record_page(
    request: HttpRequest,
    page: FormPage,
    form: Form,
    record: Callable[[], object],
    lines: BaseFormSet[Any] | None = None,
) -> HttpResponse:
    """Answer a form's page; `record` runs once form and lines are valid, all or nothing.

    What an action refuses stands beside the field that it is about, and nothing is recorded.
    """
    if request.method == "POST" and _are_valid(form, lines):
        try:
            with transaction.atomic():
                record()
        except EXPECTED as error:
            tell(form, error)
        else:
            messages.success(request, page.done() if callable(page.done) else page.done)
            return HttpResponseRedirect(page.back)
    context = {"page": page, "form": form, "lines": lines, "action": request.get_full_path()}
    status = 400 if request.method == "POST" else 200
    return render(request, "office/form.html", context, status=status)


def _are_valid(form: Form, lines: BaseFormSet[Any] | None) -> bool:
    """Look at both, so that all slips are shown at once."""
    lines_valid = lines is None or lines.is_valid()
    return form.is_valid() and lines_valid
