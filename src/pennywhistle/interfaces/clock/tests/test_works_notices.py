"""Suppliers are told what others' works files say of their recordings: once, by mail."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from builders import NOON, a_shelf, a_store, a_user
from pennywhistle.apps.catalog.models import Recording, RecordingWork
from pennywhistle.apps.intake.models import WorksFile, WorksNews, WorksNotice
from pennywhistle.apps.intake.works import limits
from pennywhistle.apps.intake.works.tests.sending import a_publisher, send
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.works.tests.csv_tables import row, table
from pennywhistle.interfaces.clock import jobs
from pennywhistle.interfaces.clock.works_notices import tell_suppliers_of_works

pytestmark = pytest.mark.django_db
ISRC = "AA6Q72000047"


def a_label(*countries: str) -> tuple[Party, Recording]:
    """A supplier whose recording has the ISRC; one person from each country acts for it."""
    a_store()
    shelf = a_shelf(track_count=1)
    recording = Recording.objects.get()
    Recording.objects.filter(id=recording.pk).update(isrc=ISRC)
    for country in countries:
        user = a_user(f"{country.lower()}@example.org", country=country)
        let_act(party_id=shelf.release.supplier_id, user_id=user.pk)
    return shelf.release.supplier, recording


def tied_to(recording: Recording) -> None:
    """The recording plays the one work that the file told of, as its supplier said."""
    work = OwnershipShare.objects.get(evidence=WorksFile.objects.get().evidence).work
    RecordingWork.objects.filter(recording=recording).update(closed_at=NOON)
    RecordingWork.objects.create(recording=recording, work=work, recorded_at=NOON)


def test_a_file_that_names_anothers_recording_is_told_once_with_where_to_look() -> None:
    label, _ = a_label("US", "DE")

    send(a_publisher(), table(row()).encode())
    for _ in range(3):
        jobs.tell_suppliers_of_works(timestamp=0)

    assert sorted(each.to[0] for each in mail.outbox) == ["de@example.org", "us@example.org"]
    (american,) = (each for each in mail.outbox if each.to == ["us@example.org"])
    assert american.subject == "Tin Roof Songs told us of works that you sell"
    for text in (label.name, "“Track 1” (AA6Q72000047)", "the work “Rain”", "is said to play",
                 f"{settings.ORIGIN}/studio/releases/"):  # fmt: skip
        assert text in american.body, text
    assert not WorksNotice.objects.filter(sent_at=None).exists()


def test_a_newer_file_that_claims_more_is_told_and_one_that_repeats_is_not() -> None:
    _, recording = a_label("US")
    publisher = a_publisher()
    send(publisher, table(row()).encode())
    tell_suppliers_of_works()
    tied_to(recording)
    mail.outbox.clear()

    send(publisher, table(row(), "").encode())
    tell_suppliers_of_works()
    assert mail.outbox == []

    others = row(party_name="Bo Reed", ipi="", share_percent="60")
    send(publisher, table(row(share_percent="40"), others).encode())
    tell_suppliers_of_works()

    (sent,) = mail.outbox
    assert "a share of its work “Rain” is claimed" in sent.body


def test_ones_own_file_tells_nobody() -> None:
    label, _ = a_label("US")

    send(label, table(row()).encode())

    assert tell_suppliers_of_works() == 0
    assert not WorksNews.objects.exists()


def test_what_is_too_much_for_a_mail_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.intake.works.others.NEWS_LINES_MAX", 1)
    label, _ = a_label("US")
    Recording.objects.create(supplier=label, isrc="AA6Q72000048", title="B\r\nx", duration_ms=1)

    send(a_publisher(), table(row(isrc=f"{ISRC} AA6Q72000048")).encode())
    tell_suppliers_of_works()

    (sent,) = mail.outbox
    assert sent.body.count("is said to play") == 1
    assert "and 1 more" in sent.body
    assert limits.NEWS_LINES_MAX == 20


def test_a_file_that_is_not_recorded_to_its_end_is_told_afterwards() -> None:
    a_label("US")
    send(a_publisher(), table(row()).encode())
    WorksFile.objects.update(state=WorksFile.State.RECORDING)
    assert tell_suppliers_of_works() == 0

    WorksFile.objects.update(state=WorksFile.State.RECORDED)

    assert tell_suppliers_of_works() == 1


def test_a_server_that_is_down_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    a_label("US")
    send(a_publisher(), table(row()).encode())

    def fail(*_given: object) -> int:
        raise OSError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", fail)
        assert [tell_suppliers_of_works() for _ in range(3)] == [0, 0, 0]

    assert tell_suppliers_of_works() == 1
    assert tell_suppliers_of_works() == 0


def test_the_mail_is_in_the_language_of_the_readers_country() -> None:
    a_label("AT", "EG")
    ensure_party(name="Tin Roof Songs", kind=Party.Kind.ORGANIZATION)
    send(a_publisher(), table(row()).encode())

    tell_suppliers_of_works()

    german, arabic = sorted(mail.outbox, key=lambda sent: sent.to)
    assert "verkaufen" in german.subject
    assert "soll das Werk" in german.body
    assert "أعمال" in arabic.subject
