"""Works and recordings: who owns what, what is free, and what plays what."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.urls import reverse

from builders import Shelf, a_shelf
from pennywhistle.apps.catalog.models import RecordingWork, Work
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.models import OwnershipShare, PublicDomain


@pytest.fixture
def shelf(store) -> Shelf:
    return a_shelf(track_count=2)


@pytest.fixture
def work(shelf) -> Work:
    return Work.objects.create(title="The Long Way", iswc="T0345246801")


def lines(*filled: tuple[str, ...], names: tuple[str, ...] = ("party", "role", "percent")):
    """A formset as it is posted."""
    said = {"line-TOTAL_FORMS": str(len(filled)), "line-INITIAL_FORMS": "0"}
    for number, values in enumerate(filled):
        said |= {f"line-{number}-{name}": value for name, value in zip(names, values, strict=True)}
    return said


def works(*filled: tuple[str, str], known: int = 0):
    return lines(*filled, names=("work", "percent")) | {"line-INITIAL_FORMS": str(known)}


RIGHTS = {"rights": ["MECH", "MAKING_AVAILABLE"]}


@pytest.mark.parametrize("said", ["Long", "T-034.524.680-1", "ISWC T0345246801"])
def test_a_work_is_found_by_title_or_iswc(office, work, said) -> None:
    text = office.get(reverse("office-works"), {"q": said}).content.decode()

    assert "The Long Way" in text
    assert "T-034.524.680-1" in text
    assert "Track 1" not in text


def test_a_recording_is_found_by_title_or_isrc(office, shelf) -> None:
    recording = shelf.tracks[0].recording
    type(recording).objects.filter(id=recording.pk).update(isrc="AA6Q72000047")

    for said in ("Track 1", "AA-6Q7-20-00047"):
        text = office.get(reverse("office-recordings"), {"q": said}).content.decode()
        assert reverse("office-recording", args=[recording.pk]) in text
        assert "Track 2" not in text


def test_lists_are_bounded_and_go_on_by_key(office, store, django_assert_max_num_queries) -> None:
    Work.objects.bulk_create(Work(title=f"Work {n:03}") for n in range(60))

    with django_assert_max_num_queries(12):
        answer = office.get(reverse("office-works"))
    following = office.get(answer.context["pager"]["next_url"])

    assert len(answer.context["table"].rows) == 50
    assert [row.cells[0].text for row in following.context["table"].rows] == [
        f"Work {n:03}" for n in range(50, 60)
    ]


def test_an_address_that_is_no_number_shows_the_first_page(office, work) -> None:
    assert office.get(reverse("office-works"), {"after": "9" * 40}).status_code == 200
    assert office.get(reverse("office-recordings"), {"after": "x"}).status_code == 200


def test_shares_are_recorded_once_for_each_right(office, work) -> None:
    ensure_party(name="Wanda")
    ensure_party(name="Willy")
    address = reverse("office-work-shares", args=[work.pk])
    said = {**RIGHTS, **lines(("Wanda", "Composer", "2/3"), ("Willy", "Lyricist", "1/3"))}
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, said).status_code == 302

    shares = OwnershipShare.objects.open().filter(work=work)
    assert shares.count() == 4
    assert {share.part for share in shares} == {Fraction(2, 3), Fraction(1, 3)}


def test_an_overclaim_is_seen_where_it_is(office, work) -> None:
    for name in ("Wanda", "Willy"):
        ensure_party(name=name)
    address = reverse("office-work-shares", args=[work.pk])
    office.post(address, {**RIGHTS, **lines(("Wanda", "Composer", "100"))})
    office.post(address, {**RIGHTS, **lines(("Willy", "Composer", "50")), "included": "DE"})

    answer = office.get(reverse("office-work", args=[work.pk]))
    bars = {bar.territories: bar for bar in answer.context["bars"] if "reproduction" in bar.right}

    assert (bars["DE"].total_text, bars["DE"].is_over) == ("150 %", True)
    assert bars["DE"].mark == pytest.approx(66.667, abs=0.001)
    assert (bars["Worldwide except DE"].total_text, bars["Worldwide except DE"].is_over) == (
        "100 %",
        False,
    )
    assert "the contested part is held" in answer.content.decode()


def test_an_incomplete_work_says_that_the_rest_has_no_owner(office, work) -> None:
    ensure_party(name="Wanda")
    office.post(
        reverse("office-work-shares", args=[work.pk]),
        {**RIGHTS, **lines(("Wanda", "Composer", "40"))},
    )

    text = office.get(reverse("office-work", args=[work.pk])).content.decode()

    assert "the rest has no known owner" in text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({**RIGHTS, **lines(("", "Composer", ""))}, "Fill in at least one line"),
        ({**RIGHTS, **lines(("Wanda", "Composer", ""))}, "a party and a percentage"),
        ({**RIGHTS, **lines(("", "Composer", "50"))}, "a party and a percentage"),
        ({**RIGHTS, **lines(("Nobody", "Composer", "50"))}, "Make the party first"),
        ({**RIGHTS, **lines(("Wanda", "Composer", "0"))}, "more than 0"),
        ({**RIGHTS, **lines(("Wanda", "Composer", "101"))}, "at most 100"),
        ({**RIGHTS, **lines(("Wanda", "Producer", "50"))}, "valid choice"),
        ({"rights": ["MASTER"], **lines(("Wanda", "Composer", "50"))}, "valid choice"),
        (
            {**RIGHTS, **lines(("Wanda", "Composer", "50"), ("Wanda", "Composer", "50"))},
            "one line in each role",
        ),
    ],
)
def test_a_slip_in_shares_is_told_and_nothing_is_recorded(office, work, said, sentence) -> None:
    ensure_party(name="Wanda")

    answer = office.post(reverse("office-work-shares", args=[work.pk]), said)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not OwnershipShare.objects.filter(work=work).exists()


def test_a_recording_has_producers_and_performers(office, shelf) -> None:
    recording = shelf.tracks[0].recording
    ensure_party(name="Wanda")

    answer = office.post(
        reverse("office-recording-shares", args=[recording.pk]),
        {"rights": ["NEIGHBOURING"], **lines(("Wanda", "Performer", "100"))},
    )

    assert answer.status_code == 302
    text = office.get(answer["Location"]).content.decode()
    assert "recording: performers" in text


@pytest.mark.parametrize(
    ("verb", "status"), [("confirm", "confirmed"), ("dispute", "disputed"), ("revoke", "revoked")]
)
def test_a_share_is_decided_once(office, shelf, verb, status) -> None:
    share = OwnershipShare.objects.open().order_by("id").first()
    address = reverse("office-share", args=[share.pk, verb])
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, {}).status_code == 302

    again = OwnershipShare.objects.open().of_subject(
        work_id=share.work_id, recording_id=share.recording_id
    )
    assert [each.status for each in again.filter(party=share.party, right=share.right)] == [status]


def test_what_was_revoked_is_not_confirmed(office, shelf) -> None:
    share = OwnershipShare.objects.open().order_by("id").first()
    office.post(reverse("office-share", args=[share.pk, "revoke"]), {})

    answer = office.post(reverse("office-share", args=[share.pk, "confirm"]), {})

    assert answer.status_code == 400
    assert "Record the share anew" in answer.content.decode()


def test_an_unknown_verb_is_not_there(office, shelf) -> None:
    share = OwnershipShare.objects.first()

    assert office.get(reverse("office-share", args=[share.pk, "eat"])).status_code == 404


def test_a_work_is_free_where_it_is_said(office, work) -> None:
    address = reverse("office-free-new", args=[work.pk])
    said = {"excluded": "US", "first_day": "2021-01-01"}
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, said).status_code == 302

    assert PublicDomain.objects.get().territories.text == "Worldwide except US"
    assert office.post(address, {"included": "Atlantis"}).status_code == 400
    end = reverse("office-end", args=["public-domain", PublicDomain.objects.get().pk])
    assert office.post(end, {"is_mistake": "on"}).status_code == 302
    assert not PublicDomain.objects.open().exists()


def test_a_recording_plays_what_is_said_and_nothing_else(office, shelf, work) -> None:
    recording = shelf.tracks[0].recording
    address = reverse("office-recording-works", args=[recording.pk])
    before = recording.works.get()
    shown = office.get(address)
    assert f"work-{before.pk}" in shown.content.decode()
    said = works((f"work-{before.pk}", "25"), ("T-034.524.680-1", "75"), known=1)

    for _ in range(2):
        assert office.post(address, said).status_code == 302

    links = RecordingWork.objects.open().filter(recording=recording)
    assert {link.work_id: link.part for link in links} == {
        before.pk: Fraction(1, 4),
        work.pk: Fraction(3, 4),
    }
    assert {link.matched_by for link in links} == {"operator"}


@pytest.mark.parametrize(
    ("percents", "sentence"),
    [(("60", "60"), "sum to 100 percent at most"), (("0", "50"), "more than 0")],
)
def test_more_than_the_whole_recording_is_refused(office, shelf, work, percents, sentence) -> None:
    recording = shelf.tracks[0].recording
    before = recording.works.get()
    said = works((f"work-{before.pk}", percents[0]), (str(work.pk), percents[1]), known=1)

    answer = office.post(reverse("office-recording-works", args=[recording.pk]), said)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert recording.works.get() == before


def test_an_unknown_work_is_told(office, shelf) -> None:
    recording = shelf.tracks[0].recording

    answer = office.post(
        reverse("office-recording-works", args=[recording.pk]), works(("T-000.000.001-0", "100"))
    )

    assert "Look it up in Works" in answer.content.decode()


def test_pages_of_the_catalog_cost_the_same_queries_with_many_rows(
    office, work, django_assert_max_num_queries
) -> None:
    for n in range(12):
        ensure_party(name=f"Writer {n}")
    filled = [(f"Writer {n}", "Composer", "1/12") for n in range(12)]
    office.post(reverse("office-work-shares", args=[work.pk]), {**RIGHTS, **lines(*filled)})

    with django_assert_max_num_queries(18):
        answer = office.get(reverse("office-work", args=[work.pk]))

    assert len(answer.context["bars"]) == 2
