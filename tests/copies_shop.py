"""A conflict over a copy with real files: a FLAC of one supplier, its MP3 under another."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from builders import NOON, a_user
from copies_music import RATE_HZ, label, sound_of
from pennywhistle.apps.intake.folder import Found
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.intake.work import check_delivery, open_delivery, take
from pennywhistle.apps.parties.actions import let_act
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.users.models import User
from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.pcm import PcmShape, write_wav


@cache
def coded(recipe: str, style: str = "folk", seconds: float = 24.0) -> bytes:
    """A piece of music as a file of this form."""
    samples = np.round(sound_of(style, seconds) * 20_000).astype(np.int16)
    shape = PcmShape(len(samples), RATE_HZ, 2, 16)
    wav = b"".join(write_wav(shape, iter([samples]), b""))
    if recipe == "wav":
        return wav
    made = io.BytesIO()
    encode(io.BytesIO(wav), made, recipe=recipe, tags={"title": f"A {style} song"})
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier, and somebody who acts for it."""

    party: Party
    user: User


def a_supplier(name: str) -> Supplier:
    """A supplier with a person."""
    party = label(name)
    user = a_user(f"{name.lower()}@example.org")
    let_act(party_id=party.pk, user_id=user.pk)
    return Supplier(party, user)


def deliver(supplier: Supplier, folder: Path, files: dict[str, bytes]) -> Delivery:
    """Deliver files as `pennywhistle ingest` does, and have them checked."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    found = [
        Found(name, folder / name, DeliveryFile.Kind.AUDIO, len(content))
        for name, content in files.items()
    ]
    delivery = open_delivery(
        supplier_id=supplier.party.pk,
        source_name=folder.name,
        taken=take(found),
        supplement=Supplement(),
        now=NOON,
    )
    check_delivery(delivery_id=delivery.pk)
    return Delivery.objects.get(id=delivery.pk)


def until_heard(page: Callable[[], str], *, seconds_max: float = 60.0) -> str:
    """A page about a conflict, once its passages are made in the background."""
    give_up_at = time.monotonic() + seconds_max
    while "can be heard in a moment" in (text := page()) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    return text
