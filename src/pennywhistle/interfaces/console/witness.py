"""`pennywhistle witness`: a witness of other stores' logs, on a machine of its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pennywhistle.engines.tlog.note import NoteInvalidError
from pennywhistle.machine.witness.door import Witness, WitnessServer
from pennywhistle.machine.witness.folder import (
    LOGS,
    WitnessFolderError,
    create_witness,
    open_witness,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Watch that logs only grow, and sign their heads: needs no store and no database.",
)
console = Console()
_Folder = Annotated[Path, typer.Argument(help="The witness's folder, on a disk that keeps.")]


@app.command("create")
def create(
    folder: _Folder,
    name: Annotated[str, typer.Option(help="Its name for ever, such as witness.example/w1.")],
) -> None:
    """Make a witness's keys, once."""
    try:
        keys = create_witness(folder, name=name)
    except (WitnessFolderError, NoteInvalidError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    for key in keys:
        console.print(key.verifier.to_text(), highlight=False, soft_wrap=True)
    told = f"Write the keys of the logs that it shall know into {folder / LOGS}."
    console.print(Text(told, "dim"))


@app.command("keys")
def keys(folder: _Folder) -> None:
    """Print a witness's public keys: Ed25519, then ML-DSA-44. A policy names one of them."""
    try:
        opened = open_witness(folder)
    except WitnessFolderError as error:
        raise typer.BadParameter(str(error)) from error
    for key in opened.keys:
        console.print(key.verifier.to_text(), highlight=False, soft_wrap=True)
    opened.close()


@app.command("run")
def run(
    folder: _Folder,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="And the port; 0 takes any free one.")] = 8010,
) -> None:
    """Answer logs until stopped. Put a web server with TLS before it."""
    try:
        opened = open_witness(folder)
    except WitnessFolderError as error:
        raise typer.BadParameter(str(error)) from error
    server = WitnessServer((host, port), Witness(opened))
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    console.print(
        f"Witnessing {len(opened.logs)} logs on {host}:{server.server_port}", highlight=False
    )
    stopping.wait()
    server.shutdown()
    server.server_close()
    opened.close()
