"""Files of works in the studio: a report first, then one's word, and nobody else's files."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from builders import NOON
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.intake.actions import refuse_works_file, vouch_for_works_file
from pennywhistle.apps.intake.models import WorksFile
from pennywhistle.apps.intake.works import recording
from pennywhistle.apps.intake.works.tests.sending import cwr, good_work
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.engines.works.tests.csv_tables import row, table


@pytest.fixture(autouse=True)
def _temporary(settings, tmp_path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)


def send(whose, content: bytes, name: str = "CW260001TIN_000.V21", **fields):
    posted = {
        "submitter": whose.shelf.release.supplier.public_id,
        "works": SimpleUploadedFile(name, content),
        **fields,
    }
    return whose.client.post(reverse("studio-works"), posted)


def checked(whose, content: bytes) -> WorksFile:
    """A file that was sent and read."""
    assert send(whose, content).status_code == 302
    sent = WorksFile.objects.latest("id")
    recording.check_works_file(works_file_id=sent.pk, now=NOON)
    return sent


def test_a_file_is_reported_before_it_is_recorded(ada) -> None:
    answer = send(ada, cwr())
    sent = WorksFile.objects.get()
    page = reverse("studio-works-file", args=[sent.public_id])
    assert answer["Location"] == page
    assert "from its first line to its last" in ada.client.get(page).content.decode()

    recording.check_works_file(works_file_id=sent.pk, now=NOON)
    assert dict(ada.client.get(page).context["counts"])["Works that can be recorded"] == 1
    assert not Work.objects.filter(iswc="T0345246801").exists()

    record = reverse("studio-works-record", args=[sent.public_id])
    assert ada.client.post(record)["Location"] == page
    assert "It waits for the store" in ada.client.get(page).content.decode()
    assert ada.client.post(record)["Location"] == page
    assert not Work.objects.filter(iswc="T0345246801").exists()
    vouch_for_works_file(works_file_id=sent.pk, user_id=ada.user.pk, now=NOON)
    assert ada.client.get(page).context["progress"]["total"] == 1
    recording.record_works_file(works_file_id=sent.pk, now=NOON)

    shown = ada.client.get(page)
    assert "The register names this file" in shown.content.decode()
    assert dict(shown.context["counts"])["Shares recorded"] == 3
    assert OwnershipShare.objects.filter(evidence=sent.evidence).count() == 3
    assert sent.evidence.recorded_by == ada.user
    assert sent.source_name in ada.client.get(reverse("studio-works")).content.decode()


def test_a_file_that_the_store_refused_says_why(ada) -> None:
    sent = checked(ada, cwr())
    ada.client.post(reverse("studio-works-record", args=[sent.public_id]))

    refuse_works_file(
        works_file_id=sent.pk, user_id=ada.user.pk, reason="Not yours to tell.", now=NOON
    )

    page = ada.client.get(reverse("studio-works-file", args=[sent.public_id])).content.decode()
    assert "Not yours to tell." in page
    assert "This is my word" not in page


def test_nobody_sees_or_records_anothers_file(ada, bob) -> None:
    sent = checked(ada, cwr())

    for name in ("studio-works-file", "studio-works-csv"):
        assert bob.client.get(reverse(name, args=[sent.public_id])).status_code == 404
    record = reverse("studio-works-record", args=[sent.public_id])
    assert bob.client.post(record).status_code == 404
    assert sent.source_name not in bob.client.get(reverse("studio-works")).content.decode()
    theirs = ada.shelf.release.supplier.public_id
    assert send(bob, cwr(), submitter=theirs).status_code == 404
    assert WorksFile.objects.get().state == "ready"


def test_the_very_file_of_another_is_not_recorded_again(ada, bob) -> None:
    first, second = checked(ada, cwr()), checked(bob, cwr())
    ada.client.post(reverse("studio-works-record", args=[first.public_id]))
    vouch_for_works_file(works_file_id=first.pk, user_id=ada.user.pk, now=NOON)

    answer = bob.client.post(reverse("studio-works-record", args=[second.public_id]), follow=True)

    assert "Somebody else has sent this very file" in answer.content.decode()
    second.refresh_from_db()
    assert second.state == "ready"


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00", b"work_title\nRain\n", b"HDRxx"])
def test_what_is_no_works_file_is_refused_in_the_report(ada, content) -> None:
    sent = checked(ada, content)

    page = ada.client.get(reverse("studio-works-file", args=[sent.public_id]))
    assert "Nothing of it can be recorded" in page.content.decode()
    ada.client.post(reverse("studio-works-record", args=[sent.public_id]))
    assert not Work.objects.filter(title="Rain").exists()


def test_an_empty_file_and_a_huge_one_are_refused_with_a_sentence(ada, settings) -> None:
    assert send(ada, b"").status_code == 400
    settings.WORKS_FILE_BYTES_MAX = 1_000

    answer = send(ada, cwr())

    assert answer.status_code == 413
    assert "1.0 kB" in answer.content.decode()
    assert not WorksFile.objects.exists()


def test_a_report_holds_no_script_and_no_formula(ada) -> None:
    title = "=HYPERLINK(1)<script>"
    sent = checked(ada, table(row(work_title=title, share_percent="50")).encode())

    page = ada.client.get(reverse("studio-works-file", args=[sent.public_id])).content.decode()
    told = ada.client.get(reverse("studio-works-csv", args=[sent.public_id])).content.decode()

    assert "<script>" not in page.split("<main", 1)[-1].replace("<script ", "")
    cells = list(csv.DictReader(io.StringIO(told)))
    assert {line["work"] for line in cells} == {f"'{title}"}


def test_a_work_that_is_refused_keeps_no_other_out(ada) -> None:
    sent = checked(ada, cwr(good_work(), good_work(number="W2")))

    page = ada.client.get(reverse("studio-works-file", args=[sent.public_id]))

    counts = dict(page.context["counts"])
    assert (counts["Works that can be recorded"], counts["Works refused"]) == (1, 1)
