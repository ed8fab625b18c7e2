"""The commands of the `pennywhistle` program that need the store's settings."""

from __future__ import annotations

from typing import Annotated

import typer
from django.core.management import call_command
from django.utils.timezone import now
from procrastinate.contrib.django import app as procrastinate_app
from rich.console import Console

from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.apps.users.actions import let_operate
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.console.bank import app as bank
from pennywhistle.interfaces.console.catalog import app as catalog
from pennywhistle.interfaces.console.database import app as database
from pennywhistle.interfaces.console.doctor import doctor
from pennywhistle.interfaces.console.ern import app as ern
from pennywhistle.interfaces.console.ern_export import export
from pennywhistle.interfaces.console.fingerprints import app as fingerprints
from pennywhistle.interfaces.console.ingest import ingest
from pennywhistle.interfaces.console.keeper import availability, keeper
from pennywhistle.interfaces.console.log import app as log
from pennywhistle.interfaces.console.mailboxes import app as mailboxes
from pennywhistle.interfaces.console.masters import app as masters
from pennywhistle.interfaces.console.money import closing, reconcile_providers
from pennywhistle.interfaces.console.scrub import scrub_masters
from pennywhistle.interfaces.console.searcher import app as search
from pennywhistle.interfaces.console.searcher import searcher
from pennywhistle.interfaces.console.sequencer import sequencer
from pennywhistle.interfaces.console.setup import setup
from pennywhistle.interfaces.console.societies import society
from pennywhistle.interfaces.console.statements import app as dsr
from pennywhistle.interfaces.console.statements import statement
from pennywhistle.interfaces.console.tariffs import app as tariffs
from pennywhistle.interfaces.console.taxes import app as taxes
from pennywhistle.interfaces.console.works import app as works
from pennywhistle.machine.postgres.tables import bring_up_to_date

app = typer.Typer(
    no_args_is_help=True,
    help="A record store that proves that everyone who made the music was paid.",
)
keys = typer.Typer(no_args_is_help=True, help="The public log's keys.")
app.add_typer(keys, name="keys")
app.add_typer(log, name="log")
app.add_typer(bank, name="bank")
app.add_typer(database, name="database")
app.add_typer(works, name="works")
app.add_typer(mailboxes, name="mailbox")
app.add_typer(catalog, name="catalog")
app.add_typer(ern, name="ern")
app.add_typer(dsr, name="dsr")
app.add_typer(masters, name="masters")
app.add_typer(fingerprints, name="fingerprints")
app.add_typer(search, name="search")
app.add_typer(tariffs, name="tariffs")
app.add_typer(taxes, name="taxes")
ern.command("export")(export)
app.command("ingest")(ingest)
app.command("availability")(availability)
app.command("keeper")(keeper)
app.command("scrub")(scrub_masters)
app.command("searcher")(searcher)
app.command("sequencer")(sequencer)
app.command("reconcile")(reconcile_providers)
app.command("closing")(closing)
app.command("doctor")(doctor)
app.command("setup")(setup)
app.command("society")(society)
app.command("statement")(statement)
console = Console()


@app.command("migrate")
def migrate() -> None:
    """Bring the database's tables up to this version."""
    count = bring_up_to_date(lambda migration: console.print(f"  {migration} …"))
    console.print(f"{count} applied." if count else "Up to date.")
    call_command("createcachetable")


@app.command("member")
def member(
    email: Annotated[str, typer.Argument(help="The mail address of somebody who signed up.")],
    party: Annotated[str, typer.Argument(help="The label or artist they act for.")],
) -> None:
    """Let somebody open the studio of a label or artist."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        raise typer.BadParameter(f"Nobody signed up as {email}.")
    kind = Party.Kind.ORGANIZATION
    let_act(party_id=ensure_party(name=party, kind=kind).pk, user_id=user.pk)
    console.print(f"{email} acts for {party} since {now():%Y-%m-%d %H:%M} UTC.", markup=False)


@app.command("operator")
def operator(
    email: Annotated[str, typer.Argument(help="The mail address of somebody who signed up.")],
    *,
    remove: Annotated[bool, typer.Option(help="Take the office away from them again.")] = False,
) -> None:
    """Let somebody into the office, where rights, licenses and tariffs are recorded."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        raise typer.BadParameter(f"Nobody signed up as {email}.")
    let_operate(user_id=user.pk, is_operator=not remove)
    word = "is no operator any more" if remove else "is an operator"
    console.print(f"{user.email} {word}.", highlight=False)


@app.command("worker")
def worker(
    *,
    queues: Annotated[
        str, typer.Option(help="Only these queues, with commas between them: urgent, say.")
    ] = "",
) -> None:
    """Work off jobs until stopped; any number of workers may run, on any machine."""
    wanted = [name for each in queues.split(",") if (name := each.strip())]
    known = sorted({task.queue for task in procrastinate_app.tasks.values()})
    if unknown := [name for name in wanted if name not in known]:
        raise typer.BadParameter(f"{unknown[0]} is no queue; there are {', '.join(known)}.")
    only = ["--queues", ",".join(wanted)] if wanted else []
    call_command("procrastinate", "worker", "--concurrency", "1", *only)


@keys.command("create")
def keys_create() -> None:
    """Make the log's signing key, once; keep a copy where the database is not."""
    console.print(f"The log's public key:\n{create_keys(now=now()).to_text()}", highlight=False)


@keys.command("show")
def keys_show() -> None:
    """Print the log's public key, as verifiers want it."""
    console.print(the_log().verifier.to_text(), highlight=False, soft_wrap=True)
