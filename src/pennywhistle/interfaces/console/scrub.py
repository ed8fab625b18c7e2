"""The command that reads masters again, and tells which are damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from django.conf import settings
from django.utils.timezone import now
from rich.console import Console
from rich.table import Table

from pennywhistle.apps.catalog.models import Extra
from pennywhistle.apps.delivery.damaged import stop_what_is_damaged
from pennywhistle.apps.media.custody import copy_masters, scrub
from pennywhistle.apps.media.models import Master, StoredMaster
from pennywhistle.apps.media.second_copy import InFolder, second_copy
from pennywhistle.kernel.counted import counted
from pennywhistle.machine.storage.s3 import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable

console = Console()
LOST_EXIT_CODE = 1
_SHOWN_MAX = 200


def scrub_masters(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Read every master, not only a night's part.")
    ] = False,
    copy: Annotated[
        bool, typer.Option("--copy", help="First copy what the second storage has not.")
    ] = False,
    new_copy: Annotated[
        bool,
        typer.Option("--new-copy", help="First take the second storage's mounted folder into use."),
    ] = False,
) -> None:
    """Compare masters with their hashes, restore what is damaged, and name what is lost."""
    size_bytes_max = None if everything else settings.SCRUB_BYTES_MAX
    second = second_copy()
    try:
        if new_copy and isinstance(second, InFolder):
            second.take_into_use()
        if copy:
            copied = copy_masters(size_bytes_max=10**18, now=now())
            console.print(f"Copied: {counted(copied, 'master')}.", highlight=False)
        done = scrub(size_bytes_max=size_bytes_max, now=now())
    except (OSError, UnreachableError) as error:
        console.print(f"A storage does not answer: {error}", style="red", markup=False)
        raise typer.Exit(LOST_EXIT_CODE) from error
    stop_what_is_damaged(now=now())
    console.print(
        f"Read: {counted(done.checked_count, 'master')}, {done.checked_bytes / 1e6:,.1f} MB. "
        f"Restored: {len(done.restored)}. Lost: {len(done.lost)}.",
        highlight=False,
    )
    _name("Restored from the copy", done.restored)
    lost = tuple(StoredMaster.objects.lost().values_list("sha256", flat=True)[:_SHOWN_MAX])
    _name("Damaged, with no copy to restore them from; their sale is stopped", lost)
    if not settings.MASTERS_COPY:
        console.print("There is no second storage: PENNYWHISTLE_MASTERS_COPY names one.")
    if lost:
        raise typer.Exit(LOST_EXIT_CODE)


def _name(title: str, sha256s: Iterable[str]) -> None:
    wanted = list(sha256s)
    masters = Master.objects.filter(sha256__in=wanted).select_related("recording")
    rows = [(str(master.recording), master.sha256) for master in masters]
    extras = Extra.objects.filter(sha256__in=wanted).select_related("release")
    rows += [(f"{extra.release}: {extra.name}", extra.sha256) for extra in extras]
    if not rows:
        return
    table = Table("recording", "file", title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
