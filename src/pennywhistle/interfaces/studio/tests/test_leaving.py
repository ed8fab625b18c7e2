"""Taking the catalog along: a page, and archives that are whole, can go on, and are one's own."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

import pytest
from django.test import Client

from builders import NOON
from pennywhistle.apps.catalog.actions import ExtraFacts, record_extras
from pennywhistle.apps.intake.leaving import limits, parts
from pennywhistle.apps.intake.leaving.parts import parts_of
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.engines.ddex import Manifest, NewRelease, read_message
from pennywhistle.engines.documents.tests.pdfs import a_pdf
from pennywhistle.interfaces.studio.tests.studio_shop import Supplier
from sounding_shop import give_cover, give_sound, tune


def addresses(client: Client) -> list[str]:
    page = client.get("/studio/leaving").content.decode()
    return re.findall(r'href="(/studio/leaving/[^"]+\.zip)"', page)


def test_a_part_is_a_batch_with_every_master_as_it_was_delivered(ada: Supplier) -> None:
    give_sound(ada.shelf.tracks[0], tune())
    give_cover(ada.shelf)
    (address,) = addresses(ada.client)

    response = ada.client.get(address)

    data = b"".join(response)
    assert len(data) == int(response["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        (complete,) = (name for name in names if "BatchComplete_" in name)
        manifest = read_message(archive.read(complete))
        assert isinstance(manifest, Manifest)
        (entry,) = manifest.entries
        folder = complete.partition("/")[0]
        document = archive.read(f"{folder}/{entry.url}")
        assert entry.hash is not None
        assert hashlib.sha256(document).hexdigest() == entry.hash.value
        message = read_message(document)
        assert isinstance(message, NewRelease)
        own = entry.url.rpartition("/")[0]
        (file,) = message.contents.resources[0].editions[0].delivered[0].files
        assert archive.read(f"{folder}/{own}/{file.name}") == tune()
        assert "rate-card.csv" in names


def test_a_download_that_broke_off_goes_on(ada: Supplier) -> None:
    give_sound(ada.shelf.tracks[0], tune())
    (address,) = addresses(ada.client)
    whole = b"".join(ada.client.get(address))

    rest = ada.client.get(address, headers={"Range": "bytes=1000-"})

    assert rest.status_code == 206
    assert b"".join(rest) == whole[1000:]


def test_nobody_takes_along_what_is_somebody_elses(ada: Supplier, bob: Supplier) -> None:
    (address,) = addresses(ada.client)

    assert bob.client.get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("seconds", [1, 99_999_999_999])
def test_an_address_of_another_time_leads_nowhere(ada: Supplier, seconds: int) -> None:
    (address,) = addresses(ada.client)

    assert ada.client.get(re.sub(r"/\d+/1\.zip", f"/{seconds}/1.zip", address)).status_code == 404


def test_a_large_catalog_comes_in_parts(
    ada: Supplier, bob: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = bob.shelf.release
    release.supplier = ada.shelf.release.supplier
    release.save()
    supplier_id = ada.shelf.release.supplier_id
    assert limits.RELEASES_PER_PART > 2
    assert [part.releases for part in parts_of(supplier_id)] == [2]

    monkeypatch.setattr(parts, "RELEASES_PER_PART", 1)

    found = parts_of(supplier_id)
    assert [part.releases for part in found] == [1, 1]
    assert found[1].after == found[0].last
    assert len(addresses(ada.client)) == 2


def test_a_booklet_leaves_with_its_release(ada: Supplier) -> None:
    give_sound(ada.shelf.tracks[0], tune())
    stored = MASTERS.put([a_pdf()])
    booklet = ExtraFacts(
        kind="booklet",
        title="Notes",
        name="Booklet.pdf",
        mime_type="application/pdf",
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        crc32=stored.crc32,
    )
    record_extras(release_id=ada.shelf.release.pk, told=[booklet], now=NOON)
    (address,) = addresses(ada.client)

    data = b"".join(ada.client.get(address))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/Booklet.pdf"))
        assert archive.read(name) == a_pdf()
        folder = name.partition("/resources/")[0]
        message = read_message(archive.read(f"{folder}/{folder.rpartition('/')[2]}.xml"))
    assert isinstance(message, NewRelease)
    (text,) = (each for each in message.contents.resources if each.kind == "text")
    (file,) = text.editions[0].delivered[0].files
    assert (text.types[0].value, file.name) == (
        "NonInteractiveBooklet",
        "resources/extras/Booklet.pdf",
    )
    assert file.hash is not None
    assert file.hash.value == stored.sha256
