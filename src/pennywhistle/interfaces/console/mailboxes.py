"""The commands for suppliers' mailboxes: opening, closing, looking, and keys."""

from __future__ import annotations

from typing import Annotated

import typer
from django.utils.timezone import now
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pennywhistle.apps.intake.models import Mailbox, SupplierKey
from pennywhistle.apps.intake.ways.actions import (
    MailboxError,
    TooManyKeysError,
    close_mailbox,
    create_key,
    look_into,
    open_mailbox,
    revoke_key,
)
from pennywhistle.interfaces.console.party_argument import party_of

app = typer.Typer(no_args_is_help=True, help="Where suppliers' release messages arrive.")
console = Console()
TROUBLE_EXIT_CODE = 1


def _mailbox(code: str) -> Mailbox:
    mailbox = Mailbox.objects.filter(public_id=code).first()
    if mailbox is None:
        raise typer.BadParameter(f"There is no mailbox {code}.")
    return mailbox


@app.command("open")
def open_(
    location: Annotated[str, typer.Argument(help="A folder, s3://bucket/prefix, or upload.")],
    *,
    supplier: Annotated[str, typer.Option(help="Its exact name, its code, or its DPID.")],
    missing_start: Annotated[
        bool, typer.Option("--missing-start", help="By contract, deals without a start hold.")
    ] = False,
) -> None:
    """Open a mailbox; the same again changes nothing."""
    try:
        mailbox = open_mailbox(
            supplier_id=party_of(supplier).pk,
            location=location,
            now=now(),
            accepts_missing_start=missing_start,
        )
    except MailboxError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"Open: {mailbox.public_id}, {_where(mailbox)}", markup=False, highlight=False)


@app.command("close")
def close(code: Annotated[str, typer.Argument(help="The mailbox's code.")]) -> None:
    """Look into a mailbox no more."""
    close_mailbox(mailbox_id=_mailbox(code).pk, now=now())
    console.print(f"Closed: {code}", markup=False, highlight=False)


@app.command("list")
def list_() -> None:
    """The open mailboxes, and what is wrong with them."""
    table = Table("Code", "Supplier", "Where", "Looked into", "Trouble", pad_edge=False)
    for mailbox in Mailbox.objects.open().select_related("supplier").order_by("id"):
        looked = f"{mailbox.looked_at:%Y-%m-%d %H:%M}" if mailbox.looked_at else "never"
        texts = (mailbox.public_id, mailbox.supplier.name, _where(mailbox), looked)
        table.add_row(*map(Text, texts), Text(mailbox.trouble, style="red"))
    console.print(table)


@app.command("look")
def look(
    code: Annotated[str, typer.Argument(help="One mailbox; without it, all of them.")] = "",
) -> None:
    """Look into mailboxes now, as the worker does every minute. Ends with 1 if one has trouble."""
    mailboxes = [_mailbox(code)] if code else list(Mailbox.objects.open().order_by("id"))
    has_trouble = False
    for mailbox in mailboxes:
        found = look_into(mailbox_id=mailbox.pk, now=now())
        said = "somebody else looks into it"
        if not found.is_busy:
            said = (
                f"{len(found.taken)} taken, {len(found.waiting)} not complete yet, "
                f"{found.queued} messages queued, {found.acknowledged} acknowledged"
            )
        line = f"{mailbox.public_id} {_where(mailbox)}: {said}"
        console.print(line, markup=False, highlight=False)
        if found.trouble:
            has_trouble = True
            console.print(f"  {found.trouble}", style="red", markup=False, highlight=False)
    if has_trouble:
        raise typer.Exit(TROUBLE_EXIT_CODE)


@app.command("key")
def key(
    *,
    supplier: Annotated[str, typer.Option(help="Its exact name, its code, or its DPID.")],
    label: Annotated[str, typer.Option(help="Which program it is for.")],
) -> None:
    """Make a key for uploads; it is shown this once."""
    try:
        made, written = create_key(supplier_id=party_of(supplier).pk, label=label, now=now())
    except TooManyKeysError as error:
        raise typer.BadParameter(str(error)) from error
    # Never broken into lines.
    typer.echo(f"Key {made.pk}, shown only now: {written}")


@app.command("revoke")
def revoke(number: Annotated[int, typer.Argument(help="The key's number.")]) -> None:
    """Let a key open nothing any more."""
    if not SupplierKey.objects.filter(id=number).exists():
        raise typer.BadParameter(f"There is no key {number}.")
    revoke_key(key_id=number, now=now())
    console.print(f"Revoked: {number}", highlight=False)


def _where(mailbox: Mailbox) -> str:
    return mailbox.location or "HTTPS uploads"
