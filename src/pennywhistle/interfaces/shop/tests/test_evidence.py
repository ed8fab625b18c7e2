"""“Lossless, checked”: said where it is so, and what it rests on, for everybody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from builders import NOON, a_user
from judged_files import CLIPPED, LOSSY, examination_of, judge_as
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.doubts.actions import decide_doubt
from pennywhistle.apps.intake.models import Doubt
from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.engines.audio.judgement.limits import false_alarm_rate
from pennywhistle.interfaces.common.format import percent_text
from pennywhistle.interfaces.shop.addresses import page_of
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> SoundingShop:
    """A release of two tracks that were judged, and nothing serious found."""
    made = a_sounding_shop()
    for track in made.shelf.tracks:
        judge(track, CLIPPED)
    return made


def judge(track, *findings) -> None:
    """Let this be found in a track's master."""
    master = Master.objects.get(recording=track.recording)
    judge_as([(master.sha256, examination_of(master))], *findings)


def said(shop: SoundingShop) -> tuple[str, str]:
    """What the pages of the release and of its first track say of the sound."""
    release = Client().get(page_of("release", shop.shelf.release))
    track = Client().get(page_of("track", shop.shelf.tracks[0]))
    return tuple(getattr(page.context["sound"], "text", "") for page in (release, track))


def evidence(kind: str, item):
    return Client().get(reverse("evidence", args=[kind, item.public_id]))


def test_checked_masters_say_so_and_lead_to_the_evidence(shop: SoundingShop) -> None:
    assert said(shop) == ("Lossless, checked", "Lossless, checked")
    track = shop.shelf.tracks[0]
    assert reverse("evidence", args=["track", track.public_id]) in (
        Client().get(page_of("track", track)).content.decode()
    )

    text = evidence("track", track).content.decode()
    for words in (
        "44.1 kHz",
        "16 of 16 used",
        "-13.2 LUFS",
        "-0.2 dBTP",
        percent_text(false_alarm_rate),
        "MD5",
        "Clipped",
    ):
        assert words in text, words
    assert 'role="img"' in text
    assert "Deliver" not in text


def test_what_is_serious_is_not_called_checked(shop: SoundingShop) -> None:
    judge(shop.shelf.tracks[0], LOSSY)

    assert said(shop) == ("1 track lossless, checked", "")
    assert "Not called checked." in evidence("track", shop.shelf.tracks[0]).content.decode()


@pytest.mark.parametrize(("kind", "badge"), [("overruled", "Lossless, checked"), ("accepted", "")])
def test_an_operators_word_counts_as_it_was_meant(
    shop: SoundingShop, kind: str, badge: str
) -> None:
    judge(shop.shelf.tracks[0], LOSSY)
    master = Master.objects.get(recording=shop.shelf.tracks[0].recording)
    doubt = Doubt.objects.create(
        supplier=shop.shelf.release.supplier,
        sha256=master.sha256,
        code=LOSSY.code,
        finding=LOSSY.to_json(),
        path="1.flac",
        opened_at=NOON,
    )
    operator = a_user("operator@example.org")
    decide_doubt(doubt_id=doubt.pk, kind=kind, reason="A secret.", user_id=operator.pk, now=NOON)

    assert said(shop)[1] == badge
    text = evidence("track", shop.shelf.tracks[0]).content.decode()
    assert ("a mistake of its test" in text) == (kind == "overruled")
    assert "A secret." not in text


def test_a_lossy_master_is_called_so(shop: SoundingShop) -> None:
    Master.objects.update(is_lossless=False)

    assert said(shop) == ("Lossy master", "Lossy master")
    assert "Lossy master" in evidence("release", shop.shelf.release).content.decode()


def test_of_what_was_never_judged_nothing_is_said(shop: SoundingShop) -> None:
    Hearing.objects.all().delete()

    assert said(shop) == ("", "")
    assert "before the store judged" in evidence("release", shop.shelf.release).content.decode()


def test_a_release_lists_its_tracks_and_its_loudness_as_one_piece(shop: SoundingShop) -> None:
    page = evidence("release", shop.shelf.release)

    assert [row["track"].title for row in page.context["rows"]] == ["Track 1", "Track 2"]
    assert page.context["album"] == "-13.2 LUFS, true peak -0.2 dBTP"


def test_what_is_not_on_the_shelves_has_no_evidence(shop: SoundingShop) -> None:
    track, release = shop.shelf.tracks[0], shop.shelf.release
    assert evidence("cover", release).status_code == 404
    assert evidence("release", track).status_code == 404
    Release.objects.update(published_at=None)

    assert evidence("release", release).status_code == 404
    assert evidence("track", track).status_code == 404
