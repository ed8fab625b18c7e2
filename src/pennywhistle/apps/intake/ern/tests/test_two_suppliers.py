"""Two suppliers deliver one release: a transfer of a catalog, or a matter for the store (E11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from builders import a_user
from ern_messages import OTHER_SENDER
from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.copies.actions import decide_conflict
from pennywhistle.apps.copies.models import Conflict
from pennywhistle.apps.intake.ern.doubted import look_again_at_held
from pennywhistle.apps.intake.ern.receiving import refuse_held, release_held
from pennywhistle.apps.intake.ern.tests.conftest import NOW, Desk, a_desk, sale, verdict
from pennywhistle.apps.intake.models import Message, Notice
from pennywhistle.apps.rights.actions import record_transfer
from pennywhistle.apps.rights.models import Grant
from pennywhistle.kernel.period import Period

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("R0", "R1", "R2")


@dataclass
class Two:
    """The supplier who delivers the release, and one who does too."""

    first: Desk
    second: Desk

    def sent_by_second(self) -> Message:
        return self.second.deliver(sale(releases=BOTH), sender=OTHER_SENDER)

    def transfer(self) -> None:
        record_transfer(
            from_supplier_id=self.first.supplier.pk,
            to_supplier_id=self.second.supplier.pk,
            # What was delivered when is by the database's clock.
            valid=Period(NOW - timedelta(days=1), datetime(2999, 1, 1, tzinfo=UTC)),
            now=NOW,
        )


@pytest.fixture
def two(desk: Desk, tmp_path: Path) -> Two:
    desk.deliver(sale(releases=BOTH))
    return Two(desk, a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER))


def open_grants(desk: Desk) -> int:
    return Grant.objects.open().filter(licensor=desk.supplier).count()


def test_without_a_transfer_the_second_one_is_held_and_both_hear_of_it(two: Two) -> None:
    message = two.sent_by_second()

    assert message.state == Message.State.HELD
    assert open_grants(two.second) == 0
    assert verdict(Release.objects.get()).allowed
    told = {(each.supplier_id, each.code, each.message_id) for each in Notice.objects.all()}
    assert told == {
        (two.first.supplier.pk, "held-other-supplier", None),
        (two.second.supplier.pk, "held-other-supplier", message.pk),
    }


def test_during_a_transfer_both_grant_the_same_release(two: Two) -> None:
    two.transfer()

    message = two.sent_by_second()

    release = Release.objects.get()
    assert message.state == Message.State.APPLIED, message.findings
    assert message.release == release
    assert open_grants(two.first) == open_grants(two.second) == 3
    assert release.supplier == two.first.supplier


def test_what_was_held_applies_once_the_register_knows_of_the_transfer(two: Two) -> None:
    message = two.sent_by_second()
    assert release_held(message_id=message.pk, now=NOW).state == Message.State.HELD
    assert Notice.objects.count() == 2
    assert message.change["held_by"] == two.first.supplier.public_id
    two.transfer()

    again = release_held(message_id=message.pk, now=NOW)

    assert again.state == Message.State.APPLIED
    assert open_grants(two.second) == 3


def test_what_was_held_may_be_refused(two: Two) -> None:
    message = two.sent_by_second()

    refused = refuse_held(message_id=message.pk, why="The catalog stays where it is.", now=NOW)

    assert refused.state == Message.State.REFUSED
    assert refuse_held(message_id=message.pk, why="Again.", now=NOW).findings == refused.findings
    assert open_grants(two.second) == 0


def test_when_the_first_one_ends_the_release_is_the_second_ones(two: Two) -> None:
    two.transfer()
    two.sent_by_second()

    two.first.send(two.first.letter())

    release = Release.objects.get()
    assert release.supplier == two.second.supplier
    assert release.withdrawn_at is None
    assert set(Recording.objects.values_list("supplier", flat=True)) == {two.second.supplier.pk}
    # From now on it updates the release without files, as the first one could.
    update = two.second.letter(sale("DE", releases=BOTH), sender=OTHER_SENDER)
    assert two.second.send(update).state == Message.State.APPLIED


def test_whoever_comes_after_all_has_ended_begins_a_release_of_its_own(two: Two) -> None:
    two.first.send(two.first.letter())

    message = two.sent_by_second()

    # Whether it may sell the very recordings that were somebody else's, the store decides.
    assert message.state == Message.State.HELD
    assert {each["code"] for each in message.findings} >= {"file-held"}
    operator = a_user("operator@example.org")
    for conflict in Conflict.objects.all():
        decide_conflict(
            conflict_id=conflict.pk,
            verdict="both",
            reason="They bought the catalog.",
            user_id=operator.pk,
            now=NOW,
        )
    assert look_again_at_held(now=NOW) == 1
    message.refresh_from_db()
    assert message.state == Message.State.APPLIED
    assert message.release != Release.objects.get(supplier=two.first.supplier)
