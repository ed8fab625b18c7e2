"""Delivered files in the studio: what was found in each, and the supplier's answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from builders import NOON
from judged_files import ABRUPT, CLIPPED, LOSSY, PADDED, judge_as
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.doubts.opening import open_doubts
from pennywhistle.apps.intake.models import Doubt, DoubtWord
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.media.tests.audio_files import write_album
from pennywhistle.apps.rights.models import Evidence


@pytest.fixture
def doubted(ada, tmp_path):
    """A delivery of two files; serious things were found in the first."""
    folder = write_album(tmp_path / "Two Winds")
    delivery = work.read_folder(
        supplier_id=ada.shelf.release.supplier_id,
        folder=folder,
        supplement=Supplement(),
        now=NOON,
    )
    north = delivery.files.filter(path="01 North.flac")
    judge_as(north.values_list("sha256", "examination"), LOSSY, PADDED, CLIPPED, ABRUPT)
    open_doubts(delivery_id=delivery.pk, now=NOON)
    return north.get()


def page_of(file) -> str:
    return reverse("studio-file", args=[file.delivery.public_id, file.pk])


def answer(client, file, doubt, /, **fields):
    return client.post(page_of(file), {"doubt": doubt.public_id, "text": "Chip music.", **fields})


def test_a_delivery_says_of_each_file_what_was_found_and_what_is_held(ada, doubted) -> None:
    page = ada.client.get(reverse("studio-delivery", args=[doubted.delivery.public_id]))

    text = page.content.decode()
    rows = {row["line"].path: row for row in page.context["files"]}
    assert str(rows["01 North.flac"]["found"][0]) == "Unpacked from a lossy file"
    assert rows["01 North.flac"]["line"].holds
    assert not rows["02 South.flac"]["line"].holds
    assert "1 release waits" in text
    assert page_of(doubted) in text
    assert reverse("studio-publish", args=[doubted.delivery.public_id]) not in text
    assert "LUFS" in text


def test_a_held_delivery_is_not_called_ready(ada, doubted) -> None:
    addresses = (reverse("studio-upload"), reverse("studio"))

    for address in addresses:
        text = ada.client.get(address).content.decode()
        assert "Held back" in text
        assert "Ready to be published" not in text
    Doubt.objects.update(closed_at=NOON)
    for address in addresses:
        assert "Ready to be published" in ada.client.get(address).content.decode()


def test_of_a_release_it_is_said_how_many_tracks_stand_how(ada, doubted) -> None:
    address = reverse("studio-delivery", args=[doubted.delivery.public_id])

    text = ada.client.get(address).content.decode()
    assert "2 of 2 heard, 1 passed, 1 held back" in text
    doubted.delivery.state = "checking"
    doubted.delivery.report = None
    doubted.delivery.save(update_fields=["state", "report"])
    south = doubted.delivery.files.filter(path="02 South.flac")
    south.update(state="waiting", heard_since=NOON)

    text = ada.client.get(address).content.decode()
    assert "1 of 2 heard, 1 held back, 1 being heard" in text
    assert text.count("Being heard now") == 1
    south.update(heard_since=None)
    assert "Being heard now" not in ada.client.get(address).content.decode()


def test_a_page_of_many_releases_asks_no_more_than_one_of_one(
    ada, doubted, django_assert_num_queries
) -> None:
    address = reverse("studio-delivery", args=[doubted.delivery.public_id])
    ada.client.get(address)
    with CaptureQueriesContext(connection) as of_one:
        ada.client.get(address)
    report = doubted.delivery.report
    report["releases"] *= 7
    doubted.delivery.save(update_fields=["report"])

    with django_assert_num_queries(len(of_one)):
        page = ada.client.get(address)

    assert len(page.context["releases"]) == 7
    assert {each["album"] for each in page.context["releases"]} != {""}


def test_nothing_held_is_published_from_the_studio(ada, doubted) -> None:
    publish = reverse("studio-publish", args=[doubted.delivery.public_id])

    assert ada.client.get(publish).status_code == 302
    assert ada.client.post(publish, {"album_price": "1.00"}).status_code == 302

    assert not doubted.delivery.releases.exists()


def test_a_file_shows_number_unit_picture_meaning_and_what_to_do(ada, doubted) -> None:
    page = ada.client.get(page_of(doubted))

    text = page.content.decode()
    for words in (
        "MP3, 21.5 standard deviations",
        "16 used of 24 bits",
        "12 places",
        "Deliver the original master.",
        "Marked: ",
        "may be found so by mistake",
        "44.1 kHz",
    ):
        assert words in text, words
    assert text.count('role="img"') == 5
    assert text.count("aria-label=") >= 5
    assert "style=" not in text
    assert reverse("studio-spectrogram", args=[doubted.sha256]) in text


def test_while_files_are_checked_the_page_asks_again_without_scripts(ada, doubted) -> None:
    doubted.delivery.state = "checking"
    doubted.delivery.save(update_fields=["state"])

    page = ada.client.get(reverse("studio-delivery", args=[doubted.delivery.public_id]))

    assert '<noscript><meta http-equiv="refresh"' in page.content.decode()


def test_an_answer_with_a_document_goes_to_the_operator(ada, doubted) -> None:
    doubt = Doubt.objects.get(code="lossy-source")
    document = SimpleUploadedFile("session.txt", b"made with a tracker")

    answered = answer(ada.client, doubted, doubt, document=document)

    assert answered["Location"] == page_of(doubted)
    word = DoubtWord.objects.get()
    assert (word.doubt, word.kind, word.text) == (doubt, "answer", "Chip music.")
    assert (word.said_by, word.evidence) == (ada.user, Evidence.objects.get(title="session.txt"))
    shown = ada.client.get(page_of(doubted)).content.decode()
    assert "Chip music." in shown
    assert "Answered. The store decides." in shown


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": ""}, 400),
        ({"text": " \n"}, 400),
        ({"text": "x" * 2_001}, 400),
        ({"doubt": "nothing"}, 404),
        ({"doubt": ""}, 404),
        ({"document": SimpleUploadedFile("empty.txt", b"")}, 400),
    ],
)
def test_an_answer_that_says_nothing_is_not_kept(ada, doubted, fields, status) -> None:
    doubt = Doubt.objects.get(code="lossy-source")

    assert answer(ada.client, doubted, doubt, **fields).status_code == status

    assert not DoubtWord.objects.exists()


def test_another_label_neither_sees_nor_answers(ada, bob, doubted) -> None:
    doubt = Doubt.objects.get(code="lossy-source")

    assert bob.client.get(page_of(doubted)).status_code == 404
    assert answer(bob.client, doubted, doubt).status_code == 404
    # Nor by way of a delivery of their own, or with fields that the form has not.
    own = reverse("studio-file", args=["nothing", doubted.pk])
    assert bob.client.get(own).status_code == 404
    answer(ada.client, doubted, doubt, kind="overruled", closed_at="2026-01-01", said_by="1")

    assert DoubtWord.objects.get().kind == "answer"
    assert Doubt.objects.holding().count() == 2


def test_what_a_stranger_wrote_is_text(ada, doubted) -> None:
    doubt = Doubt.objects.get(code="lossy-source")
    answer(ada.client, doubted, doubt, text="<script>alert(1)</script>")

    assert "<script>alert(1)" not in ada.client.get(page_of(doubted)).content.decode()
