"""The office's first page: what waits to be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from pennywhistle.interfaces.office.staff import staff_only
from pennywhistle.interfaces.office.waiting import everything_waiting

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_only
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that waits for an operator, what is urgent first."""
    waiting = everything_waiting(now=timezone.now())
    context = {
        "waiting": [each for each in waiting if each.count],
        "done": [each for each in waiting if not each.count],
    }
    return render(request, "office/desk.html", context)
