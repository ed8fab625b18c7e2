"""The commands of the `pennywhistle` program that need the store's settings."""

from __future__ import annotations

import typer
from django.core.management import call_command
from rich.console import Console

from pennywhistle.apps.proof.log import create_keys, the_log
from pennywhistle.interfaces.console.ingest import ingest
from pennywhistle.interfaces.console.sequencer import sequencer

app = typer.Typer(
    no_args_is_help=True,
    help="A record store that proves that everyone who made the music was paid.",
)
keys = typer.Typer(no_args_is_help=True, help="The public log's keys.")
app.add_typer(keys, name="keys")
app.command("ingest")(ingest)
app.command("sequencer")(sequencer)
console = Console()


@app.command("migrate")
def migrate() -> None:
    """Bring the database's tables up to this version."""
    call_command("migrate", interactive=False)
    call_command("createcachetable")


@app.command("worker")
def worker() -> None:
    """Work off jobs until stopped; any number of workers may run, on any machine."""
    call_command("procrastinate", "worker", "--concurrency", "1")


@keys.command("create")
def keys_create() -> None:
    """Make the log's signing key, once; keep a copy where the database is not."""
    console.print(f"The log's public key:\n{create_keys().to_text()}", highlight=False)


@keys.command("show")
def keys_show() -> None:
    """Print the log's public key, as verifiers want it."""
    console.print(the_log().verifier.to_text(), highlight=False, soft_wrap=True)
