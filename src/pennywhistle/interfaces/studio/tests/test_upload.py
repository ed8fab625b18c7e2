"""Uploads: to disk, within limits, reported before anything is published."""

import json
import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.rights.models import Grant
from pennywhistle.interfaces.studio.limits import UPLOAD_FILES_MAX
from pennywhistle.interfaces.studio.tests.test_terms import split_of
from sounding_shop import tune


@pytest.fixture
def temporary(settings, tmp_path) -> Path:
    """Where uploads lie while they come in."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    return folder


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(whose, files, **fields):
    posted = {
        "supplier": whose.shelf.release.supplier.public_id,
        "grouping": "folder",
        "music": files,
        **fields,
    }
    return whose.client.post(reverse("studio-upload"), posted)


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def test_an_upload_is_checked_reported_and_published_on_terms(ada, temporary) -> None:
    sent = send(ada, [file("01 North Light.flac", tune())])

    delivery = Delivery.objects.get()
    page = reverse("studio-delivery", args=[delivery.public_id])
    assert sent["Location"] == page
    assert is_empty(temporary)
    waiting = ada.client.get(page)
    assert (waiting.context["progress"]["done"], waiting.context["progress"]["total"]) == (0, 1)
    assert not Release.objects.filter(title="North Light").exists()

    work.check_delivery(delivery_id=delivery.pk)
    report = ada.client.get(page)
    assert report.context["delivery"].may_publish
    assert {each["level_text"] for each in report.context["findings"]} == {"Warning"}

    publish = reverse("studio-publish", args=[delivery.public_id])
    assert ada.client.get(publish).status_code == 200
    terms = {"album_price": "1.00", "track_price": "0.25", "excluded": "US"}
    name = ada.shelf.release.supplier.name
    assert ada.client.post(publish, terms | split_of((name, "99.90"))).status_code == 400
    assert ada.client.post(publish, split_of((name, "100"))).status_code == 400
    assert not Grant.objects.filter(price_micro=250_000).exists()
    assert (
        ada.client.post(publish, terms | split_of((name, "60"), ("Writer", "40"))).status_code
        == 302
    )

    grants = Grant.objects.filter(release__deliveries=delivery)
    assert {grant.price_micro for grant in grants} == {1_000_000, 250_000}
    assert {grant.territories.text for grant in grants} == {"Worldwide except US"}
    (on_track,) = [grant for grant in grants if grant.track_id]
    assert {share.party.name for share in on_track.shares.all()} == {name, "Writer"}
    again = ada.client.post(publish, terms | split_of((name, "100")))
    assert again["Location"] == page
    assert Grant.objects.filter(release__deliveries=delivery).count() == 2


def test_an_upload_may_be_named(ada, temporary) -> None:
    send(ada, [file("01.flac", b"a"), file("02.flac", b"b")], title="Small Hours")
    send(ada, [file("03 Dawn.flac", b"c")])

    names = set(Delivery.objects.values_list("source_name", flat=True))
    assert names == {"Small Hours", "03 Dawn"}
    assert is_empty(temporary)


def test_the_same_files_again_are_the_same_delivery(ada, temporary) -> None:
    first = send(ada, [file("01.flac", tune())])
    second = send(ada, [file("01.flac", tune())])

    assert first["Location"] == second["Location"]
    assert Delivery.objects.count() == 1
    assert is_empty(temporary)


@pytest.mark.parametrize("content", [b"", b"x", b"ffconcat version 1.0\nfile /etc/passwd\n"])
def test_a_file_that_is_no_music_is_named_in_the_report(ada, content, temporary) -> None:
    send(ada, [file("01 broken.wav", content)])
    delivery = Delivery.objects.get()
    work.check_delivery(delivery_id=delivery.pk)

    page = ada.client.get(reverse("studio-delivery", args=[delivery.public_id]))

    assert page.context["delivery"].state == Delivery.State.REFUSED
    errors = [
        each["finding"] for each in page.context["findings"] if each["finding"].level == "error"
    ]
    assert errors[0].file == "01 broken.wav"
    assert errors[0].seen
    assert errors[0].todo
    publish = reverse("studio-publish", args=[delivery.public_id])
    assert ada.client.post(publish, {"track_price": "1"})["Location"] == page.context["here"]
    assert is_empty(temporary)


def test_a_file_beyond_the_limit_is_refused_with_the_limit(ada, settings, temporary) -> None:
    settings.MASTER_FILE_BYTES_MAX = 200_000

    answer = send(ada, [file("small.flac", tune()[:1000]), file("large.wav", os.urandom(400_000))])

    assert answer.status_code == 413
    assert "large.wav" in answer.content.decode()
    assert "200.0 kB" in answer.content.decode()
    assert not Delivery.objects.exists()
    assert is_empty(temporary)


def test_all_files_together_have_a_limit_too(ada, settings, temporary) -> None:
    settings.UPLOAD_BYTES_MAX = 250_000

    answer = send(ada, [file(f"{n}.wav", os.urandom(100_000)) for n in range(3)])

    assert answer.status_code == 413
    assert not Delivery.objects.exists()
    assert is_empty(temporary)


def test_too_many_files_are_refused_with_the_number(ada, temporary) -> None:
    answer = send(ada, [file(f"{n}.wav", b"x") for n in range(UPLOAD_FILES_MAX + 1)])

    assert answer.status_code == 413
    assert str(UPLOAD_FILES_MAX) in answer.content.decode()
    assert is_empty(temporary)


def test_nothing_chosen_is_told(ada) -> None:
    answer = send(ada, [])

    assert answer.status_code == 400
    assert answer.context["form"].errors["music"]


def test_another_labels_name_on_the_upload_is_not_found(ada, bob, temporary) -> None:
    answer = send(ada, [file("01.wav", b"x")], supplier=bob.shelf.release.supplier.public_id)

    assert answer.status_code == 404
    assert not Delivery.objects.exists()
    assert is_empty(temporary)


def test_a_dropped_folders_paths_are_kept_and_never_followed(ada, temporary) -> None:
    paths = ["/album/disc 1/01.flac", "/album/../../etc/01.flac"]

    send(ada, [file("01.flac", b"a"), file("01.flac", b"b")], paths=json.dumps(paths))

    stored = list(DeliveryFile.objects.values_list("path", flat=True))
    assert stored == ["album/../../etc/01.flac", "album/disc 1/01.flac"]
    assert Delivery.objects.get().source_name == "album"
    assert is_empty(temporary)


@pytest.mark.parametrize(
    "paths", ["", "nonsense", "{}", '["/a/other.flac", "/b/01.flac"]', "[1, 2]"]
)
def test_paths_that_do_not_fit_the_files_are_not_believed(ada, paths, temporary) -> None:
    answer = send(ada, [file("01.flac", b"a"), file("01.flac", b"b")], paths=paths)

    assert answer.status_code == 400
    assert "01.flac" in answer.context["form"].errors["music"][0]
    assert not Delivery.objects.exists()
    assert is_empty(temporary)


def test_an_upload_without_the_forms_token_is_refused(ada, temporary) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada.user)

    answer = client.post(reverse("studio-upload"), {"music": [file("01.wav", b"x")]})

    assert answer.status_code == 403
    assert not Delivery.objects.exists()
    assert is_empty(temporary)


def test_progress_is_asked_for_as_a_part_alone(ada) -> None:
    send(ada, [file("01.flac", tune())])
    page = reverse("studio-delivery", args=[Delivery.objects.get().public_id])

    part = ada.client.get(page, headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert b"<html" not in part.content
    assert b'value="0" max="1"' in part.content


def test_a_title_with_markup_is_text(ada) -> None:
    evil = "<script>alert(1)</script>"

    Release.objects.filter(pk=ada.shelf.release.pk).update(title=evil)

    page = ada.client.get(reverse("studio-release", args=[ada.shelf.release.public_id]))

    assert evil not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()
