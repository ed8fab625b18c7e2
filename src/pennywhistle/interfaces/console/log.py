"""`pennywhistle log`: the ceremony of changing the log's keys, and what the store publishes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.utils.timezone import now
from rich.console import Console

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.proof.keys import (
    add_ml_dsa_key,
    prepare_keys,
    replace_till_key,
    rotate_keys,
)
from pennywhistle.apps.proof.log import KeysExistError, KeysMissingError, the_log
from pennywhistle.apps.proof.policies import published_policy
from pennywhistle.apps.proof.retired import retired_keys
from pennywhistle.apps.statements.opened import open_kind
from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.statement import parse_statement
from pennywhistle.interfaces.console.audit import mirror

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.tlog.note import Verifier

app = typer.Typer(no_args_is_help=True, help="The public log.")
key = typer.Typer(no_args_is_help=True, help="Its keys, and how they are changed.")
app.add_typer(key, name="key")
app.command("mirror")(mirror)
console = Console()


@app.command("policy")
def policy() -> None:
    """Print what /.well-known/tlog-policy says: keys, witnesses, and how many must sign."""
    console.print(published_policy(the_log()), highlight=False, soft_wrap=True, end="")


@app.command("open")
def open_accounts_of(
    kind: Annotated[
        str, typer.Argument(help=f"The kind of accounts: {', '.join(Account.Kind.values)}.")
    ],
    folder: Annotated[Path, typer.Argument(help="Where their statements go, for an auditor.")],
) -> None:
    """Open all accounts of a kind to an auditor, so that a sum of the money page can be added up.

    They say who earns what, or who bought what: nobody else should see them.
    """
    if kind not in Account.Kind.values:
        raise typer.BadParameter(f"{kind} is no kind of account.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    count, totals = 0, Counter[str]()
    for name, document in open_kind(log=the_log(), kind=kind):
        (folder / name).write_bytes(document)
        totals.update(parse_statement(document).totals)
        count += 1
    sums = " and ".join(amount_text(amount, each) for each, amount in sorted(totals.items()))
    told = f"{count} statements in {folder}, together {sums or 'nothing'}."
    console.print(told, highlight=False, markup=False)


@key.command("show")
def show() -> None:
    """Print the keys that sign now, and those that did."""
    _print(the_log().verifiers)
    for each in retired_keys():
        console.print(
            f"{each.word} {each.day} {each.key.to_text()}", highlight=False, soft_wrap=True
        )


@key.command("add-ml-dsa")
def add_ml_dsa() -> None:
    """Let a log that began without ML-DSA-44 sign with it too."""
    try:
        _print([add_ml_dsa_key(now=now())])
    except (KeysExistError, KeysMissingError) as error:
        raise typer.BadParameter(str(error)) from error


@key.command("prepare")
def prepare() -> None:
    """Make the next keys; they sign beside the present ones until `rotate`."""
    try:
        _print(prepare_keys(now=now()))
    except (KeysExistError, KeysMissingError) as error:
        raise typer.BadParameter(str(error)) from error


@key.command("rotate")
def rotate(
    *,
    revoke: Annotated[
        bool, typer.Option(help="Somebody else may have the old keys: nobody shall believe them.")
    ] = False,
) -> None:
    """Let the next keys take over, and destroy the old ones."""
    try:
        _print(rotate_keys(now=now(), is_revoked=revoke))
    except KeysMissingError as error:
        raise typer.BadParameter(str(error)) from error


@key.command("till")
def till() -> None:
    """Make another key for the till, for somebody else may have the present one."""
    try:
        _print([replace_till_key(now=now())])
    except KeysMissingError as error:
        raise typer.BadParameter(str(error)) from error


def _print(keys: Iterable[Verifier]) -> None:
    for each in keys:
        console.print(each.to_text(), highlight=False, soft_wrap=True)
