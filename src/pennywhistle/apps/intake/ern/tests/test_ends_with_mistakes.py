"""An end of sales takes effect whatever else is wrong with its message; a sale does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ern_messages import OTHER_SENDER, purge
from ern_terms import SENDER
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.tests.conftest import NOW, a_desk, sale, verdict
from pennywhistle.apps.intake.models import Message, Notice
from pennywhistle.apps.rights.models import Grant

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

BOTH = ("R0", "R1", "R2")
MISTAKES = {
    "part-missing": (b"ResourceList", b"Nothing"),
    "main-count": (b"TrackRelease>", b"Release>"),
    "reference-twice": (b"<ReleaseReference>R1", b"<ReleaseReference>R0"),
    "created-missing": (b"MessageCreatedDateTime", b"Nothing"),
}


def with_mistake(document: bytes, code: str) -> bytes:
    right, wrong = MISTAKES[code]
    assert right in document
    return document.replace(right, wrong)


@pytest.fixture
def release(desk: Desk) -> Release:
    desk.deliver(sale(releases=BOTH))
    return Release.objects.get()


@pytest.mark.parametrize("code", MISTAKES)
def test_a_take_down_with_a_mistake_ends_the_sale_and_the_supplier_hears_of_both(
    desk: Desk, release: Release, code: str
) -> None:
    message = desk.send(with_mistake(desk.letter().bytes(), code))

    release.refresh_from_db()
    assert message.state == Message.State.APPLIED, message.findings
    assert message.release == release
    assert release.withdrawn_at == NOW
    assert not Grant.objects.open().exists()
    assert code in {finding["code"] for finding in message.findings}
    assert code in set(Notice.objects.values_list("code", flat=True))


@pytest.mark.parametrize("code", MISTAKES)
def test_a_sale_with_a_mistake_leaves_everything_as_it_was(
    desk: Desk, release: Release, code: str
) -> None:
    message = desk.send(with_mistake(desk.letter(sale("DE", releases=BOTH)).bytes(), code))

    assert message.state == Message.State.REFUSED
    assert verdict(release, "US").allowed


def test_a_purge_without_a_time_ends_the_sale(desk: Desk, release: Release) -> None:
    document = with_mistake(purge(created="2026-02-03T10:00:00Z"), "created-missing")

    message = desk.send(document)

    assert message.state == Message.State.APPLIED, message.findings
    assert not verdict(release).allowed


@pytest.mark.parametrize("kind", ["take-down", "purge"])
def test_an_end_from_the_future_ends_the_sale_and_lets_later_messages_open_it_again(
    desk: Desk, release: Release, kind: str
) -> None:
    created = "2999-01-01T00:00:00Z"
    end = purge(created=created) if kind == "purge" else desk.letter(created=created).bytes()

    message = desk.send(end)
    ended = verdict(release).allowed
    again = desk.send(desk.letter(sale(releases=BOTH), created="2026-03-01T13:00:00Z"))

    assert message.state == again.state == Message.State.APPLIED, message.findings
    assert "created-in-future" in {finding["code"] for finding in message.findings}
    assert not ended
    assert verdict(release).allowed


def test_neither_a_stranger_nor_a_test_nor_an_older_message_ends_anything_by_mistakes(
    desk: Desk, release: Release, tmp_path: Path
) -> None:
    other = a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER)
    document = with_mistake(desk.letter().bytes(), "main-count")
    older = with_mistake(desk.letter(created="2026-01-01T10:00:00Z").bytes(), "main-count")

    in_its_name = other.send(document)
    its_own = other.send(document.replace(SENDER.encode(), OTHER_SENDER.encode()))
    too_old = desk.send(older)
    unsigned = desk.send(
        with_mistake(desk.letter().bytes(), "main-count").replace(SENDER.encode(), b"")
    )

    assert in_its_name.state == its_own.state == Message.State.REFUSED
    assert (too_old.state, unsigned.state) == (Message.State.IGNORED, Message.State.REFUSED)
    assert verdict(release).allowed
