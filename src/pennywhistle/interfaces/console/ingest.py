"""The command that takes suppliers' folders in: checks them, tells what it found, publishes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.db import transaction
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.copies.index_folder import IndexUnavailableError
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.actions import Terms, publish_delivery
from pennywhistle.apps.intake.dep5 import CreditsFileError, read_credits
from pennywhistle.apps.intake.doubts.queries import standing_of
from pennywhistle.apps.intake.folder import FolderError
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.intake.supplement import GROUPINGS, Grouping, Supplement
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.actions import GrantError
from pennywhistle.interfaces.console.found_lines import print_advance, print_files, print_held
from pennywhistle.interfaces.console.report_tables import checking, print_report
from pennywhistle.interfaces.console.terms import TermsInvalidError, read_terms
from pennywhistle.kernel.counted import counted
from pennywhistle.kernel.split import SharesInvalidError

if TYPE_CHECKING:
    from pennywhistle.apps.intake.doubts.queries import Standing

console = Console()
REFUSED_EXIT_CODE = 1


def ingest(  # noqa: PLR0913 (the command's options)
    folders: Annotated[list[Path], typer.Argument(help="Folders of audio files.")],
    *,
    supplier: Annotated[str, typer.Option(help="Who delivers, by name.")],
    album_price: Annotated[str, typer.Option(help="Such as 0.99; empty: by the track only.")] = "",
    track_price: Annotated[str, typer.Option(help="Such as 0.14; empty: albums only.")] = "0.14",
    territories: Annotated[str, typer.Option(help="Worldwide, or codes: DE,AT.")] = "Worldwide",
    except_: Annotated[str, typer.Option("--except", help="Codes that are left out.")] = "",
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=50%,NAME=50%; a party's code for one that has a studio; "
            "@writers for each track's writers. What is left goes to the supplier."
        ),
    ] = None,
    album_by: Annotated[
        str, typer.Option(help="What makes a release: folder, album or composer.")
    ] = "folder",
    credits_file: Annotated[
        Path | None,
        typer.Option("--credits", help="A Debian copyright file that says who wrote what."),
    ] = None,
    check_only: Annotated[bool, typer.Option("--check-only", help="Publish nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Publish without asking.")] = False,
) -> None:
    """Check folders of music, tell what is wrong with them, and publish what is right."""
    if album_by not in GROUPINGS:
        raise typer.BadParameter(f"--album-by is one of {', '.join(GROUPINGS)}.")
    try:
        # What cannot be read makes no party either.
        with transaction.atomic():
            supplier_id = ensure_party(name=supplier, kind=Party.Kind.ORGANIZATION).pk
            asked = read_terms(
                supplier_id=supplier_id,
                currency=the_store().currency,
                prices=(album_price, track_price),
                territories=(territories, except_),
                split=split or [],
            )
    except TermsInvalidError as error:
        raise typer.BadParameter(str(error)) from error
    run = Run(supplier_id, asked, publish=not check_only, ask=not yes)
    # All of them, though one before was refused.
    were_taken = [_take_in(run, folder, album_by, credits_file) for folder in folders]
    if not all(were_taken):
        raise typer.Exit(REFUSED_EXIT_CODE)


def _take_in(run: Run, folder: Path, album_by: Grouping, credits_file: Path | None) -> bool:
    """Whether all of it could be taken in; what was wrong has been told."""
    try:
        notes = read_credits(credits_file, folder=folder) if credits_file else ()
        return not run.take_in(folder, Supplement(grouping=album_by, notes=notes))
    except IndexUnavailableError:
        sentence = "The index of recordings is being made again. Run this again in a while."
        console.print(f"{folder}: {sentence}", style="red", markup=False, highlight=False)
        return False
    except (FolderError, CreditsFileError, GrantError, SharesInvalidError, OSError) as error:
        console.print(f"{folder}: {error}", style="red", markup=False, highlight=False)
        return False


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the command: who delivers, on which terms, and how far it shall go."""

    supplier_id: int
    terms: Terms
    publish: bool
    ask: bool

    def take_in(self, folder: Path, supplement: Supplement) -> bool:
        """Read one folder, and publish it if that is wanted; whether anything was refused."""
        with checking(folder.name) as progress:
            delivery = work.read_folder(
                supplier_id=self.supplier_id,
                folder=folder,
                supplement=supplement,
                now=now(),
                progress=progress,
            )
        assert delivery.report is not None, "a folder that was read has a report"
        report = Report.from_json(delivery.report)
        print_report(console, delivery, report)
        print_files(console, delivery)
        print_advance(console, delivery, report)
        standing = standing_of(delivery, report)
        if delivery.state == Delivery.State.PUBLISHED:
            console.print("It is published already; nothing was changed.")
        elif self._may_publish(standing):
            publish_delivery(delivery_id=delivery.pk, terms=self.terms, now=now())
            console.print(f"Published: {counted(len(standing.open), 'release')}.", style="green")
        else:
            console.print("Nothing was published.")
        print_held(console, report, standing)
        return bool(report.of("error") or standing.held)

    def _may_publish(self, standing: Standing) -> bool:
        count = len(standing.open)
        if not self.publish or not count:
            return False
        return not self.ask or typer.confirm(f"Publish {counted(count, 'release')}?")
