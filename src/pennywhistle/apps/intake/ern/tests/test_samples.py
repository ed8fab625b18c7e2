"""All real messages of the shared collection are taken and done, or say why not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.reading import parse
from pennywhistle.apps.intake.ern.tests.conftest import Desk
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.media import work as media
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.apps.rights.models import Grant
from pennywhistle.engines.ddex import Finding, NewRelease

pytestmark = pytest.mark.drill

SAMPLES = Path(__file__).parents[7] / "shared" / "ddex" / "ern"
_HASH = re.compile(
    rb"<HashSum>(?:(?!<HashSum>).)*?(?:</HashSum>\s*</HashSum>|</HashSum>)", re.DOTALL
)
_RESOURCE_FILES_MAX = 12


def samples() -> list[Path]:
    if not SAMPLES.is_dir():
        pytest.skip("The collection of real messages is not here (../shared/ddex/ern)")
    return sorted(SAMPLES.glob("*.xml"))


def names_in(message: NewRelease) -> list[str]:
    return [
        file.name
        for resource in message.contents.resources
        if resource.kind == "recording"
        for edition in resource.editions
        for form in edition.delivered
        for file in form.files
        if file.name
    ][:_RESOURCE_FILES_MAX]


@pytest.mark.parametrize("has_files", [False, True], ids=["without files", "with files"])
def test_no_real_message_fails_and_each_has_an_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, has_files: bool
) -> None:
    # One drawing for all of them, because drawing is slow.
    drawn = media.make_placeholder("drawn once")
    monkeypatch.setattr(media, "make_placeholder", lambda _seed: drawn)
    sound = write_audio(desk.folder / "sound.flac", seconds=1)
    states: Counter[str] = Counter()
    for sample in samples():
        document = sample.read_bytes()
        if has_files:
            # The files are not those that the message means.
            document = _HASH.sub(b"", document)
        message = parse(document)
        files = {}
        if not isinstance(message, Finding):
            sender = message.envelope.sender_dpid
            if sender:
                PartyIdentifier.objects.get_or_create(
                    scheme="dpid", value=sender[:40], defaults={"party": desk.supplier}
                )
            if has_files and isinstance(message, NewRelease):
                files = dict.fromkeys(names_in(message), sound)

        done = desk.send(document, files=files)

        assert done.state not in {Message.State.WAITING, Message.State.CHECKING}, sample.name
        if done.state == Message.State.REFUSED:
            assert done.findings, sample.name
        states[done.state] += 1
    assert (Release.objects.count() > 0) == has_files
    assert (Grant.objects.count() > 0) == has_files
    assert states[Message.State.APPLIED] + states[Message.State.SUPERSEDED] >= 10 * has_files, (
        states
    )
