"""Commands about the database itself: reading all of it, copying it, restoring it."""

from __future__ import annotations

import typer
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.media.database_checks import check_database, damages_of, own_cluster
from pennywhistle.apps.media.models import DatabaseCheck
from pennywhistle.interfaces.console.restore import restore

app = typer.Typer(no_args_is_help=True, help="The database itself.")
app.command("restore")(restore)
console = Console()
DAMAGED_EXIT_CODE = 1


@app.command("check")
def check() -> None:
    """Read all of it, copy it if a folder for copies is named, and name what is damaged."""
    done = check_database(now=now())
    what = "every page" if done.how == DatabaseCheck.How.PAGES else "every table"
    console.print(f"Read: {what}. Copied: {'yes' if done.is_copied else 'no'}.", highlight=False)
    if done.trouble:
        console.print(done.trouble, style="red", markup=False, highlight=False)
    for each in damages_of(done):
        where = f"{each.name or 'unknown'}: {each.file}, block {each.block}"
        console.print(f"Damaged: {where}", style="red", markup=False, highlight=False)
    if done.damaged or done.trouble:
        raise typer.Exit(DAMAGED_EXIT_CODE)


@app.command("copies")
def copies() -> None:
    """List the copies that there are."""
    cluster = own_cluster()
    for name in cluster.copy_names() if cluster is not None else []:
        console.print(name, highlight=False)
