"""Doubts in the office: what waits, the evidence, the decision with its reason."""

import pytest
from django.urls import reverse

from builders import NOON, a_shelf
from judged_files import LOSSY, a_judgement, judge_as
from pennywhistle.apps.intake.models import Doubt, DoubtWord
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.media.tests.audio_files import write_audio
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.engines.audio import examine
from sounding_shop import give_sound, tune


@pytest.fixture
def doubt(store) -> Doubt:
    """Something serious in a file that was not heard here."""
    return Doubt.objects.create(
        supplier=ensure_party(name="North Label"),
        sha256="0" * 64,
        code=LOSSY.code,
        finding=LOSSY.to_json(),
        path="01 <b>North</b>.flac",
        opened_at=NOON,
    )


def decide(client, doubt, **fields):
    sent = {"decision": "overruled", "reason": "We heard the tapes.", **fields}
    return client.post(reverse("office-doubt", args=[doubt.public_id]), sent)


def test_it_waits_on_the_desk_and_in_its_list(office, doubt) -> None:
    for name in ("office", "office-doubts"):
        text = office.get(reverse(name)).content.decode()
        assert reverse("office-doubt", args=[doubt.public_id]) in text
        assert "<b>North</b>" not in text


def test_its_page_shows_the_evidence_and_asks_for_a_reason(office, doubt) -> None:
    page = office.get(reverse("office-doubt", args=[doubt.public_id]))

    text = page.content.decode()
    assert "MP3, 21.5 standard deviations" in text
    assert 'role="img"' in text
    assert "Its supplier has not answered yet." in text
    for fields in ({"reason": " "}, {"decision": "answer"}, {"decision": ""}):
        assert decide(office, doubt, **fields).status_code == 400
    assert not DoubtWord.objects.exists()


def test_a_decision_is_kept_with_who_and_why(office, operator, doubt) -> None:
    assert decide(office, doubt).status_code == 302
    assert decide(office, doubt).status_code == 302

    word = DoubtWord.objects.get()
    assert (word.kind, word.text, word.said_by) == (
        "overruled",
        "We heard the tapes.",
        operator,
    )
    decided = office.get(reverse("office-doubts-decided")).content.decode()
    assert "We heard the tapes." in decided
    assert decide(office, doubt, decision="upheld").status_code == 409
    assert doubt.public_id not in office.get(reverse("office-doubts")).content.decode()


def test_nobody_else_finds_it(client, doubt) -> None:
    for name in ("office-doubts", "office-doubts-decided"):
        assert client.get(reverse(name)).status_code == 404
    assert client.get(reverse("office-doubt", args=[doubt.public_id])).status_code == 404
    assert decide(client, doubt).status_code == 404
    assert not DoubtWord.objects.exists()


def test_what_was_heard_is_drawn(office, doubt, tmp_path) -> None:
    with write_audio(tmp_path / "tone.flac").open("rb") as file:
        examination = examine(file).examination.to_json()
    judge_as([(doubt.sha256, examination)], LOSSY)

    page = office.get(reverse("office-doubt", args=[doubt.public_id])).content.decode()

    assert reverse("office-spectrogram", args=[doubt.sha256]) in page


def test_a_page_needs_no_hearing_that_is_there_no_more(office, doubt) -> None:
    assert not Hearing.objects.filter(sha256=doubt.sha256).exists()
    assert office.get(reverse("office-doubt", args=[doubt.public_id])).context["facts"] == []
    assert a_judgement().findings == ()


def test_what_was_on_sale_before_is_said_so(office, doubt) -> None:
    track = a_shelf("Tin Weather", track_count=1).tracks[0]
    sold = Doubt.objects.create(
        supplier=track.release.supplier,
        sha256=give_sound(track, tune()).sha256,
        code=LOSSY.code,
        finding=LOSSY.to_json(),
        path="01.flac",
        opened_at=NOON,
    )

    told = [
        "It was on sale before files were judged."
        in office.get(reverse("office-doubt", args=[each.public_id])).content.decode()
        for each in (doubt, sold)
    ]

    assert told == [False, True]
