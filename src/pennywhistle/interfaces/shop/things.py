"""Items as short lines show them: what they are called, where their page is, how they look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.discovery.queries import items_named, release_lines, track_lines
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.drawing import pictures_of
from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection

    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.rights.queries import ItemRef

_ITEM = re.compile(rf"(release|track):([{ALPHABET}]{{{PUBLIC_ID_LENGTH}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Thing:
    """A release or a track; `name` is how forms say it."""

    kind: str
    public_id: str
    title: str
    artist_line: str
    url: str
    cover: CoverPicture | None

    @property
    def name(self) -> str:
        """What an address or a form calls it."""
        return f"{self.kind}:{self.public_id}"


def things_of(refs: Collection[ItemRef]) -> dict[ItemRef, Thing]:
    """What there is to show of each item, in three queries."""
    releases = release_lines({ref.release_id for ref in refs if ref.track_id is None})
    tracks = track_lines({ref.track_id for ref in refs if ref.track_id is not None})
    pictures = pictures_of({ref.release_id for ref in refs})
    found = {}
    for ref in refs:
        kind = "release" if ref.track_id is None else "track"
        line = releases.get(ref.release_id) if ref.track_id is None else tracks.get(ref.track_id)
        if line is not None:
            found[ref] = Thing(
                kind,
                line.public_id,
                line.title,
                line.artist_line,
                page_of(kind, line),
                pictures.get(ref.release_id),
            )
    return found


def item_called(name: str) -> ItemRef | None:
    """The item that a form's text names; None for any other text."""
    match = _ITEM.fullmatch(name)
    if match is None:
        return None
    pair = (match[1], match[2])
    return items_named([pair]).get(pair)
