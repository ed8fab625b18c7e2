"""What later messages do to a release that stands: rules E6 and E7, tests R2 to R4 of rights.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import a_buyer, usd
from ern_messages import OTHER_SENDER, TRACK_TITLES, purge
from ern_terms import SENDER
from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.delivery.queries import track_files, tracks_owned
from pennywhistle.apps.intake.ern.tests.conftest import NOW, a_desk, reasons, sale, verdict
from pennywhistle.apps.intake.models import Message, Notice, Standing
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.orders.actions.check_out import check_out
from pennywhistle.apps.orders.models import Entitlement
from pennywhistle.apps.parties.actions import identify_party
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.engines.audio import Recipe

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

BOTH = ("R0", "R1", "R2")


def notices(desk: Desk) -> list[str]:
    return [notice.code for notice in Notice.objects.filter(supplier=desk.supplier).order_by("id")]


def test_a_territory_that_is_left_out_closes_at_once_and_the_supplier_is_told(desk: Desk) -> None:
    """R2."""
    desk.deliver(sale("DE", "FR", "GB", releases=BOTH))
    release = Release.objects.get()
    assert verdict(release, "GB").allowed

    message = desk.send(desk.letter(sale("DE", "FR", releases=BOTH)))

    assert message.state == Message.State.APPLIED, message.findings
    assert reasons(verdict(release, "GB")) == ["territory"]
    assert verdict(release, "FR").allowed
    assert verdict(release, "FR", track=1).allowed
    assert set(notices(desk)) == {"omitted-territory"}
    assert {each["where"] for each in message.change["closed"]} == {"GB"}
    first = Message.objects.exclude(pk=message.pk).get()
    assert first.state == Message.State.SUPERSEDED


def test_an_older_message_that_arrives_later_changes_nothing(desk: Desk) -> None:
    """R3, E6 and fault 16."""
    older = desk.letter(sale("GB", wholesale="0.50"))
    desk.deliver(sale("DE"))

    message = desk.send(older, files=desk.files())

    release = Release.objects.get()
    assert message.state == Message.State.IGNORED
    assert notices(desk) == ["older-message"]
    assert reasons(verdict(release, "GB")) == ["territory"]
    assert verdict(release, "DE").allowed


def test_the_same_message_id_again_is_the_message_that_stands(desk: Desk) -> None:
    """Fault 16."""
    letter = desk.letter(sale())
    first = desk.send(letter, files=desk.files())
    rows = Grant.objects.count(), Notice.objects.count()

    again = desk.send(letter, files=desk.files())
    other = desk.send(desk.letter(sale("DE"), message_id=first.message_id))

    assert first == again == other
    assert (Grant.objects.count(), Notice.objects.count()) == rows
    assert Message.objects.count() == 1


def test_what_could_not_be_found_again_is_not_sold(desk: Desk) -> None:
    message = desk.deliver(sale(releases=BOTH), gtin="4" * 400)

    assert message.state == Message.State.REFUSED
    assert "identifier-form" in {
        each["code"] for each in message.findings if each["severity"] == "error"
    }
    assert not Release.objects.exists()


def test_two_dpids_of_one_supplier_may_use_the_same_message_id(desk: Desk) -> None:
    identify_party(party_id=desk.supplier.pk, scheme="dpid", text=OTHER_SENDER)
    first = desk.deliver(sale(releases=BOTH), message_id="1")

    down = desk.send(desk.letter(message_id="1", sender=OTHER_SENDER))

    assert down != first
    assert down.state == Message.State.APPLIED
    assert not verdict(Release.objects.get()).allowed


def test_messages_without_an_id_sell_nothing_and_end_what_they_end(desk: Desk) -> None:
    sold = desk.deliver(sale(releases=BOTH), message_id="")
    assert sold.state == Message.State.REFUSED
    desk.deliver(sale(releases=BOTH))
    release = Release.objects.get()

    down = desk.send(desk.letter(message_id=""))

    assert down.state == Message.State.APPLIED
    assert not verdict(release).allowed


def test_a_message_from_the_future_is_refused_and_never_the_newest(desk: Desk) -> None:
    desk.deliver(sale(releases=BOTH))
    release = Release.objects.get()

    message = desk.send(desk.letter(sale("DE", releases=BOTH), created="2999-01-01T00:00:00Z"))
    allowed = verdict(release, "US").allowed
    down = desk.send(desk.letter())

    assert message.state == Message.State.REFUSED
    assert [each["code"] for each in message.findings if each["severity"] == "error"] == [
        "created-in-future"
    ]
    assert allowed
    assert down.state == Message.State.APPLIED
    assert not verdict(release).allowed


def test_a_clock_some_hours_ahead_is_no_future(desk: Desk) -> None:
    message = desk.deliver(sale(), created="2026-03-02T02:00:00")

    assert message.state == Message.State.APPLIED


def test_a_message_without_deals_takes_the_release_down_and_buyers_keep_it(desk: Desk) -> None:
    """E7."""
    desk.deliver(sale(releases=BOTH))
    release = Release.objects.get()
    buyer = a_buyer()
    check_out(
        buyer_id=buyer.pk,
        wanted=[ItemRef(release.pk)],
        territory="US",
        shown=usd("1.12"),
        key="key",
        now=NOW,
    )

    message = desk.send(desk.letter())

    release.refresh_from_db()
    assert message.state == Message.State.APPLIED
    assert release.withdrawn_at == NOW
    assert not Grant.objects.open().exists()
    entitlement = Entitlement.objects.get(buyer=buyer)
    files = track_files(tracks_owned(entitlement), recipe=Recipe.parse("flac"))
    assert [each.track.title for each in files] == list(TRACK_TITLES)
    assert all(MASTERS.has(each.wanted.master_sha256) for each in files)


def test_what_was_taken_down_comes_back_without_files(desk: Desk) -> None:
    desk.deliver(sale(releases=BOTH))
    desk.send(desk.letter())

    message = desk.send(desk.letter(sale(releases=BOTH)))

    release = Release.objects.get()
    assert message.state == Message.State.APPLIED, message.findings
    assert release.withdrawn_at is None
    assert verdict(release).allowed
    assert Recording.objects.count() == Master.objects.count() == 2


def test_a_take_down_that_comes_before_its_older_update_wins(desk: Desk) -> None:
    """Fault 17: the take-down is younger, and is worked on first."""
    update = desk.letter(sale())
    down = desk.letter()

    desk.send(down)
    message = desk.send(update, files=desk.files())

    assert message.state == Message.State.IGNORED
    assert not Release.objects.exists()
    assert Standing.objects.get().sold == []


def test_of_the_same_time_the_take_down_wins_in_either_order(desk: Desk) -> None:
    """Fault 17."""
    created = "2026-02-02T10:00:00Z"
    desk.deliver(sale(), created=created)
    desk.send(desk.letter(created=created))
    again = desk.send(desk.letter(sale(), created=created))

    assert again.state == Message.State.IGNORED
    assert not Grant.objects.open().exists()


def test_a_purge_by_the_sender_ends_everything(desk: Desk) -> None:
    desk.deliver(sale(releases=BOTH))

    message = desk.send(purge(created="2026-02-03T10:00:00Z"))

    release = Release.objects.get()
    assert message.state == Message.State.APPLIED
    assert message.release == release
    assert release.withdrawn_at == NOW
    assert not Grant.objects.open().exists()


def test_a_purge_by_another_supplier_is_ignored_with_an_alert(desk: Desk, tmp_path: Path) -> None:
    """R4."""
    desk.deliver(sale())
    other = a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER)

    message = other.send(purge(sender=OTHER_SENDER, created="2026-02-03T10:00:00Z"))

    assert message.state == Message.State.IGNORED
    assert notices(other) == ["purge-by-other-sender"]
    assert verdict(Release.objects.get()).allowed


def test_a_purge_in_somebody_elses_name_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.deliver(sale())
    other = a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER)

    message = other.send(purge(sender=SENDER, created="2026-02-03T10:00:00Z"))

    assert message.state == Message.State.REFUSED
    assert message.findings[0]["code"] == "sender-unknown"
    assert verdict(Release.objects.get()).allowed


def test_nobody_can_use_up_the_ids_of_somebody_elses_messages(desk: Desk, tmp_path: Path) -> None:
    other = a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER)
    letter = desk.letter(sale())

    assert other.send(letter).state == Message.State.REFUSED
    assert desk.send(letter, files=desk.files()).state == Message.State.APPLIED


def test_the_same_deals_again_leave_the_rows_as_they_are(desk: Desk) -> None:
    desk.deliver(sale("DE", releases=BOTH))
    before = set(Grant.objects.values_list("pk", flat=True))

    desk.send(desk.letter(sale("DE", releases=BOTH)))

    assert set(Grant.objects.values_list("pk", flat=True)) == before
    assert Grant.objects.open().count() == len(before)


@pytest.mark.parametrize("kind", ["hash", "missing", "broken"])
def test_what_is_not_whole_opens_nothing_and_ends_what_it_ends(
    desk: Desk, tmp_path: Path, kind: str
) -> None:
    desk.deliver(sale("DE", "FR", releases=BOTH))
    release = Release.objects.get()
    files = desk.files()
    more: dict[str, object] = {"isrcs": ("DEA1B2600001", "DEA1B2600009")}
    if kind == "hash":
        more["digests"] = {2: "00" * 32}
    elif kind == "missing":
        del files["resources/2.flac"]
    else:
        broken = tmp_path / "broken.flac"
        broken.write_bytes(b"fLaC" + b"\0" * 99)
        files["resources/2.flac"] = broken

    message = desk.send(desk.letter(sale("DE", "GB", releases=BOTH), **more), files=files)

    assert message.state == Message.State.REFUSED
    assert reasons(verdict(release, "GB")) == ["territory"]
    assert reasons(verdict(release, "FR")) == ["territory"]
    assert Recording.objects.count() == 2
    wrong = message.findings[0]["code"]
    assert wrong == {"hash": "hash-wrong", "missing": "file-missing"}.get(kind, wrong)
    assert wrong in notices(desk)


def test_new_files_take_the_place_of_the_old_ones(desk: Desk, tmp_path: Path) -> None:
    desk.deliver(sale(releases=BOTH))
    other = write_audio(tmp_path / "other.flac", seconds=3, pitch_hz=500)
    before = set(Master.objects.values_list("sha256", flat=True))

    message = desk.send(
        desk.letter(sale(releases=BOTH)), files={**desk.files(), "resources/1.flac": other}
    )

    after = set(Master.objects.values_list("sha256", flat=True))
    assert message.state == Message.State.APPLIED, message.findings
    assert (Recording.objects.count(), len(after), len(after & before)) == (2, 2, 1)
