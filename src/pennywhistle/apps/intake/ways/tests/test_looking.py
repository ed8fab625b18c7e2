"""Looking into a folder: what is complete is taken once, in order, and acknowledged."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from procrastinate.contrib.django.models import ProcrastinateJob

from drops import (
    GTIN,
    RELEASE,
    a_mailbox,
    a_message,
    a_supplier,
    a_takedown,
    acknowledged,
    later,
    put,
    sounds,
    statuses,
    through,
    work_off,
)
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.models import Arrival, Mailbox, Message, Notice, Parcel
from pennywhistle.apps.intake.ways import looking, taking
from pennywhistle.apps.intake.ways.actions import (
    MailboxError,
    close_mailbox,
    look_into,
    look_into_all,
    open_mailbox,
)
from pennywhistle.apps.intake.ways.ready import WRITING, Lack
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What an SFTP server writes into."""
    folder = tmp_path / "sftp"
    folder.mkdir()
    return folder


@pytest.fixture
def mailbox(root: Path) -> Mailbox:
    return a_mailbox(root)


def look(mailbox: Mailbox, minutes: float = 5) -> list[str]:
    return look_into(mailbox_id=mailbox.pk, now=later(minutes)).taken


def a_release(root: Path, name: str = RELEASE, document: bytes | None = None) -> Path:
    document = a_message() if document is None else document
    return put(root / name, {f"{name.split('_')[-2]}.xml": document})


def test_a_whole_release_goes_on_sale_and_is_acknowledged_once(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    put(a_release(root), sounds(tmp_path / "studio"))

    through(mailbox)
    for minutes in (10, 20, 30):
        look(mailbox, minutes)

    assert Release.objects.get().title == "Brass and Tin"
    assert Parcel.objects.get().state == Parcel.State.DONE
    (name,) = acknowledged(root)
    assert name.startswith("ACK_")
    assert name.endswith(f"_{GTIN}.xml")
    document = etree.parse(str(root / "acknowledgements" / name))
    assert document.findtext("FileStatus") == "FileOK"
    assert document.findtext("AcknowledgedFile/ReleaseId") == GTIN
    assert document.findtext("AcknowledgedFile/Date") == "2026-02-01"
    assert Arrival.objects.get().acknowledged_at is not None


def test_nothing_is_read_while_somebody_writes(root: Path, mailbox: Mailbox) -> None:
    a_release(root)

    found = look_into(mailbox_id=mailbox.pk, now=later(0.5))

    assert (found.taken, found.waiting) == ([], {RELEASE: WRITING})
    assert not Parcel.objects.exists()
    assert look(mailbox, 2) == [RELEASE]


def test_an_end_of_sales_is_read_as_soon_as_it_is_whole(root: Path, mailbox: Mailbox) -> None:
    whole = a_takedown("T1", minute=3)
    folder = a_release(root, document=whole[:-3])
    assert look(mailbox, 0) == []

    put(folder, {f"{GTIN}.xml": whole})

    assert look(mailbox, 0) == [RELEASE]


def test_a_message_that_names_no_file_is_read_as_soon_as_it_is_whole(
    root: Path, mailbox: Mailbox
) -> None:
    named = a_message()
    unnamed = re.sub(rb"<File>.*?</File>", b"", named, flags=re.DOTALL)
    a_release(root, document=unnamed)
    a_release(root, "N_NAMED_20260201100000005", named)

    assert look(mailbox, 0) == [RELEASE]


def test_an_end_of_sales_does_not_wait_for_files_that_are_uploaded(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    folder = a_release(root, document=a_takedown("T1", minute=3))
    assert look(mailbox, 0) == [RELEASE]

    put(folder, sounds(tmp_path / "studio"))
    through(mailbox)

    assert Parcel.objects.count() == Message.objects.count() == 1


def test_an_end_of_sales_overtakes_what_waits(
    root: Path, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "BYTES_PER_LOOK", 1)
    put(a_release(root), sounds(tmp_path / "studio"))
    end = f"N_{GTIN}_20260301100000000"
    a_release(root, end, a_takedown("T1", minute=3))

    found = look_into(mailbox_id=mailbox.pk, now=later())
    rest = look_into(mailbox_id=mailbox.pk, now=later())

    assert (found.taken, found.is_more) == ([end], True)
    assert rest.taken == [RELEASE]
    jobs = ProcrastinateJob.objects.filter(task_name="intake.process_message")
    by_priority = list(jobs.order_by("-priority").values_list("args", "lock"))
    message = Message.objects.get(message_id="T1")
    assert by_priority[0] == ({"message_id": message.pk}, None)
    assert len(by_priority) == 2
    work_off()
    states = dict(Message.objects.values_list("message_id", "state"))
    assert states == {"T1": Message.State.APPLIED, "M1": Message.State.IGNORED}


def test_a_file_that_may_not_be_read_holds_up_its_own_parcel_only(
    root: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        a_release(root, f"N_{number}_20260101000000000")
    a_release(root)

    def refuse(path: str, *more: int, **named: int) -> int:
        if path in {"0.xml", "1.xml", "2.xml", "3.xml"}:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(path, *more, **named)

    opened = os.open
    monkeypatch.setattr(os, "open", refuse)

    found = look_into(mailbox_id=mailbox.pk, now=later())

    assert (found.taken, found.trouble) == ([RELEASE], "")
    assert found.waiting["N_2_20260101000000000"] == Lack("unreadable", ("2.xml",))


def test_what_is_waited_for_is_told_and_since_when(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    files = sounds(tmp_path / "studio")
    last = files.pop("resources/2.flac")
    folder = put(a_release(root), files)
    put(root / "N_EMPTY_20260201100000007", {"resources/1.flac": b"x"})
    put(root / "N_20260201100000008", {"A/A.xml": a_message("M2")})
    first, second = later(10), later(20)

    look_into(mailbox_id=mailbox.pk, now=first)
    look_into(mailbox_id=mailbox.pk, now=second)

    mailbox.refresh_from_db()
    told = {each["name"]: (each["code"], each["files"]) for each in mailbox.waiting}
    assert told == {
        RELEASE: ("files-missing", ["resources/2.flac"]),
        "N_EMPTY_20260201100000007": ("no-message", []),
        "N_20260201100000008": ("no-mark", []),
    }
    assert {each["since"] for each in mailbox.waiting} == {first.isoformat()}
    put(folder, {"resources/2.flac": last})
    look(mailbox, 30)
    mailbox.refresh_from_db()
    assert RELEASE not in {each["name"] for each in mailbox.waiting}


def test_times_that_a_program_sets_back_do_not_make_a_file_old(
    root: Path, mailbox: Mailbox
) -> None:
    folder = a_release(root)
    for file in folder.iterdir():
        os.utime(file, (0, 0))

    assert look(mailbox, 0.5) == []


def test_files_that_are_still_to_come_are_waited_for(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    files = sounds(tmp_path / "studio")
    last = files.pop("resources/2.flac")
    folder = put(a_release(root), files)

    assert look(mailbox, 10) == []
    put(folder, {"resources/2.flac": last})
    assert look(mailbox, 10) == [RELEASE]


def test_patience_ends_and_the_sender_hears_what_is_missing(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    put(a_release(root), sounds(tmp_path / "studio", count=1))
    put(root / "N_X_20260201100100000", {"X.xml": b"no message"})

    through(mailbox, minutes=61)

    assert "ResourceMissing" in statuses(mailbox).values()
    assert statuses(mailbox)["X.xml"] == "NewReleaseMessageInvalid"
    assert len(acknowledged(root)) == 2


def test_messages_are_worked_off_by_their_own_time(root: Path, mailbox: Mailbox) -> None:
    a_release(root, f"N_{GTIN}_20260201100000001", a_message("late", minute=30))
    a_release(root, f"N_{GTIN}_20260201100000002", a_message("early", minute=10))
    a_release(root, f"N_{GTIN}_20260201100000003", a_message("middle", minute=20))

    look(mailbox)
    work_off()

    finished = Message.objects.order_by("finished_at").values_list("message_id", flat=True)
    assert list(finished) == ["early", "middle", "late"]


def test_the_same_message_in_another_folder_changes_nothing_and_is_acknowledged(
    root: Path, mailbox: Mailbox
) -> None:
    a_release(root)
    through(mailbox)
    a_release(root, f"N_{GTIN}_20260201100000009")
    through(mailbox, minutes=10)

    assert Message.objects.count() == 1
    assert Arrival.objects.count() == 2
    assert len(acknowledged(root)) == 2


def test_the_same_name_with_another_message_is_a_parcel_of_its_own(
    root: Path, mailbox: Mailbox
) -> None:
    folder = a_release(root)
    through(mailbox)
    put(folder, {f"{GTIN}.xml": a_message("M2", minute=5)})

    through(mailbox, minutes=10)

    assert [parcel.name for parcel in Parcel.objects.order_by("id")] == [RELEASE, f"{RELEASE}~2"]
    assert Notice.objects.filter(code="sent-again").count() == 1
    assert Message.objects.count() == 2
    assert len(acknowledged(root)) == 2


def test_copied_again_or_cleared_away_is_nothing_new(root: Path, mailbox: Mailbox) -> None:
    folder = a_release(root)
    put(folder, {"resources/cover.jpg": b"x"})
    through(mailbox, minutes=61)
    (folder / "resources/cover.jpg").unlink()
    put(folder, {f"{GTIN}.xml": a_message()})

    through(mailbox, minutes=130)

    assert Parcel.objects.count() == 1
    assert len(acknowledged(root)) == 1


def test_two_messages_in_one_folder_are_refused(root: Path, mailbox: Mailbox) -> None:
    put(root / RELEASE, {"a.xml": a_message(), "b.xml": a_message("M2")})

    through(mailbox)

    assert statuses(mailbox) == {"": "NewReleaseMessageInvalid"}
    assert Parcel.objects.get().state == Parcel.State.REFUSED
    assert not Message.objects.exists()


@pytest.mark.parametrize("what", ["link", "folder link", "pipe", "backslash", "newline"])
def test_what_is_no_plain_file_refuses_the_parcel_and_is_not_read(
    root: Path, mailbox: Mailbox, what: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(a_message("SECRET"))
    folder = a_release(root)
    match what:
        case "link":
            (folder / "more.xml").symlink_to(secret)
        case "folder link":
            (folder / "resources").symlink_to(tmp_path)
        case "pipe":
            os.mkfifo(folder / "resources")
        case "backslash":
            put(folder, {"a\\b.flac": b"x"})
        case _:
            put(folder, {"a\nb.flac": b"x"})

    through(mailbox)

    assert statuses(mailbox) == {"": "unsafe-file"}
    assert not Message.objects.exists()
    (name,) = acknowledged(root)
    assert "UserDefined" in (root / "acknowledgements" / name).read_text()


def test_a_link_instead_of_a_parcel_is_refused(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    outside = a_release(tmp_path, "elsewhere_1_2")
    (root / RELEASE).symlink_to(outside)

    through(mailbox)

    assert statuses(mailbox) == {"": "unsafe-file"}
    assert not Message.objects.exists()


def test_names_in_a_message_do_not_lead_out_of_the_parcel(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    files = sounds(tmp_path / "studio")
    put(root, {"outside.flac": files["resources/1.flac"]})
    document = a_message().replace(b"resources/1.flac", b"../outside.flac")
    put(a_release(root, document=document), {"resources/2.flac": files["resources/2.flac"]})

    through(mailbox, minutes=61)

    message = Message.objects.get()
    assert message.delivery is not None
    assert [file.path for file in message.delivery.files.all()] == ["resources/2.flac"]


def test_a_folder_that_is_gone_is_trouble_until_it_is_back(root: Path, mailbox: Mailbox) -> None:
    away = root.rename(root.with_name("away"))
    for minutes in range(5, 65, 20):
        assert look(mailbox, minutes) == []
    mailbox.refresh_from_db()
    assert "not there" in mailbox.trouble
    assert mailbox.trouble_since is not None
    away.rename(root)
    a_release(root)

    through(mailbox)

    mailbox.refresh_from_db()
    assert (mailbox.trouble, mailbox.trouble_since) == ("", None)
    assert len(acknowledged(root)) == 1


def test_an_acknowledgement_that_cannot_be_written_is_written_later(
    root: Path, mailbox: Mailbox
) -> None:
    a_release(root)
    look(mailbox)
    work_off()
    put(root, {"acknowledgements": b"in the way"})
    found = look_into(mailbox_id=mailbox.pk, now=later(10))
    assert found.trouble
    settled = Arrival.objects.get().file_name
    (root / "acknowledgements").unlink()

    look(mailbox, 70)

    assert acknowledged(root) == [settled]


def test_a_store_that_fails_over_one_parcel_takes_the_others(
    root: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_release(root)
    a_release(root, "N_OTHER_20260201100000005", a_message("M2"))

    def fail(**given: object) -> Message:
        if "OTHER" in str(given["source_name"]):
            return take(**given)
        raise RuntimeError("a fault of ours")

    take = taking.take_message
    monkeypatch.setattr(taking, "take_message", fail)

    found = look_into(mailbox_id=mailbox.pk, now=later())

    assert found.taken == ["N_OTHER_20260201100000005"]
    assert "an error of the store" in found.trouble


@pytest.mark.parametrize("is_unsafe", [False, True])
def test_a_take_that_was_interrupted_goes_on(
    root: Path, mailbox: Mailbox, *, is_unsafe: bool
) -> None:
    Parcel.objects.create(mailbox=mailbox, name=RELEASE, taken_at=later(-10))
    folder = a_release(root, document=a_takedown("T1", minute=3))
    if is_unsafe:
        (folder / "x.flac").symlink_to("/etc/hostname")

    through(mailbox)

    expected = {"": "unsafe-file"} if is_unsafe else {f"{GTIN}.xml": "FileOK"}
    assert statuses(mailbox) == expected
    assert Parcel.objects.count() == len(acknowledged(root)) == 1


def test_a_closed_mailbox_is_not_looked_into(root: Path, mailbox: Mailbox) -> None:
    a_release(root)
    close_mailbox(mailbox_id=mailbox.pk, now=later(-1))

    assert look_into_all(now=later()) == {}
    assert look(mailbox) == []
    assert open_mailbox(supplier_id=mailbox.supplier_id, location=str(root), now=later()) != mailbox


def test_one_folder_is_one_suppliers(root: Path, mailbox: Mailbox) -> None:
    other = a_supplier("Tin Yard", "PADPIDA2026010102L")
    again = open_mailbox(supplier_id=mailbox.supplier_id, location=str(root), now=later())

    assert again == mailbox
    with pytest.raises(MailboxError):
        open_mailbox(supplier_id=other.pk, location=str(root), now=later())
    with pytest.raises(MailboxError):
        open_mailbox(supplier_id=other.pk, location=str(root / "nowhere"), now=later())


def test_a_mailbox_cannot_be_the_stores_own_folder(settings: object, root: Path) -> None:
    settings.DATA = root  # type: ignore[attr-defined]
    supplier = a_supplier()
    (root / "masters").mkdir()

    for location in (root, root / "masters", root.parent):
        with pytest.raises(MailboxError):
            open_mailbox(supplier_id=supplier.pk, location=str(location), now=later())


def test_an_end_of_sales_is_acknowledged(root: Path, mailbox: Mailbox) -> None:
    a_release(root, document=a_takedown("T1", minute=3))

    through(mailbox)

    assert set(statuses(mailbox).values()) == {"FileOK"}


def test_no_mailbox_lies_within_another(root: Path, mailbox: Mailbox) -> None:
    inner = root / "inner"
    inner.mkdir()
    somebody = ensure_party(name="Somebody else", kind=Party.Kind.ORGANIZATION)

    for location in (inner, root.parent):
        with pytest.raises(MailboxError, match="another mailbox"):
            open_mailbox(supplier_id=somebody.pk, location=str(location), now=later())

    beside = root.parent / f"{root.name}-2"
    beside.mkdir()
    open_mailbox(supplier_id=somebody.pk, location=str(beside), now=later())


def test_a_reused_message_id_is_refused_and_told(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    put(a_release(root), sounds(tmp_path / "studio"))
    through(mailbox)

    a_release(root, "N_OTHER_20260203100000000", a_message().replace(b"Brass and Tin", b"Other"))
    through(mailbox, minutes=20)

    assert Release.objects.get().title == "Brass and Tin"
    arrival = Arrival.objects.get(parcel__name__startswith="N_OTHER")
    assert arrival.message is None
    assert [finding["code"] for finding in arrival.findings] == ["message-id-reused"]
    assert Notice.objects.filter(code="message-id-reused", level=Notice.Level.ALERT).exists()
    assert arrival.status == "UserDefined"


def test_the_same_message_in_another_parcel_is_said_to_have_come_again(
    root: Path, mailbox: Mailbox
) -> None:
    a_release(root)
    through(mailbox)

    a_release(root, "N_AGAIN_20260203100000000", a_message())
    through(mailbox, minutes=20)

    arrival = Arrival.objects.get(parcel__name__startswith="N_AGAIN")
    assert [finding["code"] for finding in arrival.findings] == ["came-again"]
    assert Message.objects.count() == 1


def test_what_is_larger_than_a_master_is_not_copied(
    root: Path, mailbox: Mailbox, settings: Any
) -> None:
    settings.MASTER_FILE_BYTES_MAX = 10_000_000
    folder = a_release(root)
    (folder / "resources").mkdir()
    with (folder / "resources" / "endless.flac").open("wb") as file:
        file.truncate(10_000_001)

    through(mailbox)

    assert not Message.objects.exists()
    assert [finding["code"] for finding in Parcel.objects.get().findings] == ["parcel-too-large"]


def test_without_room_a_parcel_waits_and_says_so(
    root: Path, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(a_release(root), sounds(tmp_path / "studio"))
    with monkeypatch.context() as patch:
        patch.setattr("pennywhistle.apps.intake.ways.staging.FREE_BYTES_MIN", 10**18)
        found = look_into(mailbox_id=mailbox.pk, now=later())
        assert "no room" in found.trouble

    assert look(mailbox, 6) == [RELEASE]


def test_one_file_that_two_names_could_mean_is_nobodys(
    root: Path, mailbox: Mailbox, tmp_path: Path
) -> None:
    names = re.findall(rb"<File>.*?<URI>([^<]*)</URI>", a_message(), flags=re.DOTALL)
    assert len(names) > 1
    document = a_message()
    for at, name in enumerate(names):
        document = document.replace(name, b"disc%d/01.flac" % at)
    sound = next(iter(sounds(tmp_path / "studio").values()))
    put(a_release(root, document=document), {"resources/01.flac": sound})

    through(mailbox, minutes=120)

    message = Message.objects.get()
    assert message.state == Message.State.REFUSED
    assert not Release.objects.exists()


def test_a_closed_mailbox_still_acknowledges_what_it_took(root: Path, mailbox: Mailbox) -> None:
    a_release(root)
    assert look(mailbox) == [RELEASE]
    close_mailbox(mailbox_id=mailbox.pk, now=later(6))
    work_off()
    a_release(root, "N_LATE_20260203100000000", a_message("M2"))

    assert list(look_into_all(now=later(10))) == [mailbox.pk]

    assert len(acknowledged(root)) == 1
    assert not Parcel.objects.filter(name__startswith="N_LATE").exists()
    assert list(look_into_all(now=later(11))) == []
