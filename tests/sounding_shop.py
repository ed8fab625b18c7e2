"""A shop whose tracks sound: small masters, examined and kept as intake keeps them, and a buyer."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.catalog.models import Genre, RecordingCredit, Role, Track, WorkCredit
from pennywhistle.apps.media.actions import keep_cover, keep_master
from pennywhistle.apps.media.folders import COVERS, MASTERS
from pennywhistle.apps.media.work import hear, make_cover
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

if TYPE_CHECKING:
    from pennywhistle.apps.media.models import Master
    from pennywhistle.apps.media.work import CoverFiles
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.audio import Examination

RATE_HZ = 44_100
SECONDS = 4


@cache
def tune(*, pitch_hz: float = 440.0, seconds: float = SECONDS) -> bytes:
    """A FLAC file of two voices with some breath, never the same on both channels."""
    instants = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    breath = np.random.default_rng(round(pitch_hz)).standard_normal((len(instants), 2))
    voices = np.stack([np.sin(2 * np.pi * pitch_hz * k * instants) for k in (1.0, 1.5)], axis=1)
    samples = np.round((0.4 * voices + 0.01 * breath) * 32_767).astype(np.int16)
    shape = PcmShape(len(samples), RATE_HZ, 2, 16)
    made = io.BytesIO()
    encode(io.BytesIO(b"".join(write_wav(shape, iter([samples]), b""))), made, recipe="flac")
    return made.getvalue()


def give_sound(track: Track, content: bytes) -> Master:
    """Keep this file as a track's master."""
    # Stored each time: tests damage and lose what is in the store.
    sha256 = MASTERS.put([content]).sha256
    examination = _examined(sha256)
    return keep_master(
        recording_id=track.recording_id, sha256=sha256, examination=examination, now=NOON
    )


@cache
def _examined(sha256: str) -> Examination:
    return hear(sha256).examination


def give_cover(shelf: Shelf) -> None:
    """A cover for a release."""
    keep_cover(release_id=shelf.release.pk, files=_cover_files())


@cache
def _cover_files() -> CoverFiles:
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((700, 700)).convert("RGB").save(picture, "PNG")
    return make_cover(COVERS.put([picture.getvalue()]).sha256)


def give_facts(shelf: Shelf) -> None:
    """Everything that tags can say."""
    release = shelf.release
    release.genre = Genre.objects.create(name="Folk", slug="folk")
    release.upc = "0123456789012"
    release.save()
    composer = ensure_party(name="Cleo Composer")
    recording = shelf.tracks[0].recording
    work = recording.works.get()
    work.iswc = "T0000000010"
    work.save()
    WorkCredit.objects.create(work=work, party=composer, role=Role.COMPOSER)
    recording.isrc = "GBAYE0000001"
    recording.is_explicit = True
    recording.save()
    producer = ensure_party(name="Pru Producer")
    RecordingCredit.objects.create(recording=recording, party=producer, role=Role.PRODUCER)


@dataclass(frozen=True)
class SoundingShop:
    """A release of which every track has a master, and somebody to buy it."""

    shelf: Shelf
    buyer: User

    def sell(self, item: ItemRef, *, price: str, key: str = "key") -> Entitlement:
        """Let the buyer buy an item."""
        order_id = check_out(
            buyer_id=self.buyer.pk,
            wanted=[item],
            territory="US",
            shown=usd(price),
            key=key,
            now=NOON,
        )
        return Entitlement.objects.get(line__order_id=order_id)

    def sell_album(self) -> Entitlement:
        """Let the buyer buy the release."""
        return self.sell(self.shelf.album, price="0.35")

    def sell_track(self, number: int) -> Entitlement:
        """Let the buyer buy one track, counted from 1."""
        return self.sell(self.shelf.track(number), price="0.14", key=f"key-{number}")


def a_sounding_shop(*, track_count: int = 2) -> SoundingShop:
    """The store, a release with cover and masters, a buyer with money."""
    a_store()
    shelf = a_shelf(track_count=track_count)
    give_cover(shelf)
    give_facts(shelf)
    for number, track in enumerate(shelf.tracks):
        give_sound(track, tune(pitch_hz=330.0 + 55 * number))
    return SoundingShop(shelf, a_buyer())
