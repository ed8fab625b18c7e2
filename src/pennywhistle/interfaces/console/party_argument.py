"""The party that a command's argument means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pennywhistle.apps.parties.queries import parties_meant

if TYPE_CHECKING:
    from pennywhistle.apps.parties.models import Party


def party_of(said: str) -> Party:
    """The one party of this name, code or number. Raises BadParameter, naming those it could be."""
    found = parties_meant(said)
    if len(found) != 1:
        codes = ", ".join(party.public_id for party in found)
        raise typer.BadParameter(
            f"Several are called {said}; give the code of one: {codes}."
            if codes
            else f"Nobody here is called {said}."
        )
    return found[0]
