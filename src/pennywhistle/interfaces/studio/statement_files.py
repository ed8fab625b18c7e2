"""A statement to take along: CSV, beancount, paper, and the proof."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from pennywhistle.apps.contracts.queries import contracts_on, standings
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.statements.beancount_file import beancount_lines
from pennywhistle.apps.statements.breakdown import breakdown_of
from pennywhistle.apps.statements.csv_file import csv_lines
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.detail_csv import detail_csv_lines
from pennywhistle.apps.statements.queries import accounts_of, statement_document, statement_for
from pennywhistle.engines.tlog.statement import StatementInvalidError
from pennywhistle.interfaces.common.contract_rows import contract_row
from pennywhistle.interfaces.common.statement_paper import statement_page
from pennywhistle.interfaces.studio.person import members_only, person_of
from pennywhistle.machine.paper import PangoMissingError, PaperError, print_pdf

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.statements.queries import Statement
    from pennywhistle.interfaces.common.statement_rows import ContractRow

Download = TypeVar("Download", HttpResponse, StreamingHttpResponse)


def file_urls(statement: Statement) -> dict[str, str]:
    """The addresses of a statement's files, by kind; the proof only where there is a page."""
    address = address_of(statement)
    kinds = ["csv", "detail", "beancount", "pdf"]
    if statement.stretch.page_count:
        kinds.append("json")
    return {kind: reverse(f"studio-statement-{kind}", args=address) for kind in kinds}


def address_of(statement: Statement) -> list[int | str]:
    """Of which account and which days: the arguments of the addresses of a statement."""
    days = statement.days
    return [statement.account.number, days.first.isoformat(), days.last.isoformat()]


def file_stem(statement: Statement) -> str:
    """What a statement's files are called, without what kind they are."""
    days = statement.days
    return f"statement-{statement.account.number}-{days.first}-{days.last}"


def contract_rows(statement: Statement) -> list[ContractRow]:
    """How the contracts stand that the account has a part in, now."""
    account = statement.account
    assert account.party_id is not None, "a payee's account has a party"
    return [
        contract_row(
            each,
            party_id=account.party_id,
            url=reverse("studio-contract", args=[each.contract.public_id]),
        )
        for each in standings(contracts_on(account), now=timezone.now())
    ]


@require_GET
@members_only
def statement_csv(
    request: HttpRequest, number: int, first: str, last: str
) -> StreamingHttpResponse:
    """Every line as CSV, sent as it is read."""
    statement = _statement(request, number, first, last)
    return _download(StreamingHttpResponse(csv_lines(statement)), statement, ".csv", "text/csv")


@require_GET
@members_only
def statement_detail(
    request: HttpRequest, number: int, first: str, last: str
) -> StreamingHttpResponse:
    """Where each price went, as CSV."""
    statement = _statement(request, number, first, last)
    lines = detail_csv_lines(breakdown_of(statement=statement))
    return _download(StreamingHttpResponse(lines), statement, "-detail.csv", "text/csv")


@require_GET
@members_only
def statement_beancount(
    request: HttpRequest, number: int, first: str, last: str
) -> StreamingHttpResponse:
    """The statement as a ledger of beancount."""
    statement = _statement(request, number, first, last)
    lines = StreamingHttpResponse(beancount_lines(statement))
    return _download(lines, statement, ".beancount", "text/plain")


@require_GET
@members_only
def statement_pdf(request: HttpRequest, number: int, first: str, last: str) -> HttpResponse:
    """The statement on paper; told plainly where this machine cannot print."""
    statement = _statement(request, number, first, last)
    try:
        pdf = print_pdf(statement_page(statement, contract_rows(statement)))
    except PangoMissingError:
        detail = gettext(
            "This store cannot make PDF: its machine lacks Pango. The operator can install it; the"
            " page itself can be printed by your browser."
        )
        return render(request, "400.html", {"mishap_detail": detail}, status=501)
    except PaperError:
        detail = gettext("This is too long for paper. Ask for fewer days, or take the CSV.")
        return render(request, "400.html", {"mishap_detail": detail}, status=400)
    return _download(HttpResponse(pdf), statement, ".pdf", "application/pdf")


@require_GET
@members_only
def statement_json(request: HttpRequest, number: int, first: str, last: str) -> HttpResponse:
    """The statement as the document that anyone recomputes offline."""
    statement = _statement(request, number, first, last)
    try:
        document = statement_document(log=the_log(), statement=statement)
    except StatementInvalidError as error:
        return render(request, "400.html", {"mishap_detail": str(error)}, status=400)
    if document is None:
        raise Http404
    return _download(HttpResponse(document), statement, ".json", "application/json")


def _statement(request: HttpRequest, number: int, first: str, last: str) -> Statement:
    account = get_object_or_404(accounts_of(user=person_of(request)), number=number)
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise Http404 from error
    return statement_for(account=account, days=days)


def _download(response: Download, statement: Statement, end: str, kind: str) -> Download:
    is_text = kind != "application/pdf"
    response["Content-Type"] = f"{kind}; charset=utf-8" if is_text else kind
    response["Content-Disposition"] = f'attachment; filename="{file_stem(statement)}{end}"'
    return response
