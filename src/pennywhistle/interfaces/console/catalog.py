"""Commands about what the world is told of the catalog: the dump, site maps, joined pages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.reach.actions import JoiningRefusedError, join_pages
from pennywhistle.apps.reach.dumps import make_dump
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.publishing import FILES
from pennywhistle.apps.reach.queries import public_files
from pennywhistle.apps.reach.sitemaps import make_sitemaps
from pennywhistle.interfaces.common.catalog_addresses import catalog_addresses, map_addresses
from pennywhistle.interfaces.console.party_argument import party_of

app = typer.Typer(no_args_is_help=True, help="What the whole world is told of the catalog.")
console = Console()


@app.command("dump")
def dump(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to put the files besides; made if missing.")
    ] = None,
) -> None:
    """Write the dump of the catalog anew, as /dump/ serves it."""
    count = make_dump(addresses=catalog_addresses(), now=now())
    for row in public_files(PublicFile.Group.DUMP):
        console.print(f"{row.sha256}  {row.size_bytes:>12}  {row.name}", highlight=False)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            with FILES.open(row.sha256) as source, (folder / row.name).open("wb") as target:
                shutil.copyfileobj(source, target)
    console.print(f"{count} releases.", highlight=False)


@app.command("sitemaps")
def sitemaps() -> None:
    """Write the site maps anew, as /sitemap.xml names them."""
    count = make_sitemaps(addresses=map_addresses(), now=now())
    console.print(f"{count} addresses.", highlight=False)


@app.command("join-pages")
def join(
    party: Annotated[str, typer.Argument(help="Whose page goes: its code, or its exact name.")],
    into: Annotated[str, typer.Argument(help="Whose page stays.")],
) -> None:
    """Let two names of one artist or label have one page; rights and money stay as they are."""
    gone, stays = party_of(party), party_of(into)
    try:
        join_pages(party_id=gone.pk, leads_to_id=stays.pk, now=now())
    except JoiningRefusedError as error:
        raise typer.BadParameter(str(error)) from error
    told = f"{gone.name} ({gone.public_id}) is found at {stays.name} ({stays.public_id})."
    console.print(told, markup=False, highlight=False)
