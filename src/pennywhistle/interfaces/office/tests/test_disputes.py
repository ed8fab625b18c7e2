"""The office's inbox of conflicting claims: what it shows, and how a dispute is settled there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from builders import NOON, Shelf, a_buyer, a_shelf, usd
from pennywhistle.apps.claims import queries
from pennywhistle.apps.claims.actions import settle_dispute, state_position
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import held_money, standing_shares
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import Claim, Subject, record_evidence, record_shares
from pennywhistle.apps.rights.models import Evidence, OwnershipShare
from pennywhistle.engines.clearance import Right
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import NINE_PERCENT, a_society, mandate, written_by


@pytest.fixture
def shelf(store) -> Shelf:
    """A track whose writers claim 60 % each; it was sold once."""
    shelf = a_shelf(track_count=1)
    for name, writer in written_by(
        shelf, {"Wanda": Fraction(3, 5), "Will": Fraction(3, 5)}
    ).items():
        tariff = replace(NINE_PERCENT, is_by_repertoire=True)
        mandate(writer, a_society(f"{name} Society", tariff=tariff))
    check_out(
        buyer_id=a_buyer().pk,
        wanted=[shelf.track(1)],
        territory="FR",
        shown=usd("0.14"),
        key="key-1",
        now=NOON,
    )
    return shelf


def the_disputes() -> list[Dispute]:
    return list(Dispute.objects.order_by("id"))


def settle_url(dispute: Dispute) -> str:
    return reverse("office-dispute-settle", args=[dispute.pk])


def said(dispute: Dispute, *, do: str, wanda: str = "60", will: str = "2/5", **more) -> dict:
    parts = {"Wanda": wanda, "Will": will}
    return {
        "do": do,
        "settlement": "They shook hands.",
        **{f"part_{s.pk}": parts[s.party.name] for s in standing_shares(dispute)},
        **more,
    }


def test_the_inbox_says_what_waits(office, shelf) -> None:
    page = office.get(reverse("office-disputes")).content.decode()

    for text in ("Track 1", "Wanda, Will", "120 %", "$0.014", "work: reproduction", "goes on"):
        assert text in page, text
    desk = office.get(reverse("office")).content.decode()
    assert reverse("office-disputes") in desk
    assert reverse("office-dispute", args=[the_disputes()[0].pk]) in desk


def test_an_inbox_without_disputes_says_so(office) -> None:
    assert "Nobody disputes anything" in office.get(reverse("office-disputes")).content.decode()
    settled = office.get(reverse("office-disputes-settled")).content.decode()
    assert "No dispute has ended yet" in settled


def test_the_inbox_is_paged_by_key(office, shelf, monkeypatch) -> None:
    from pennywhistle.interfaces.office import disputes  # noqa: PLC0415 (its page size is patched)

    monkeypatch.setattr(disputes, "disputes_per_page", 1)
    first, last = the_disputes()
    page = office.get(reverse("office-disputes")).content.decode()
    assert f"?after={first.pk}" in page

    page = office.get(reverse("office-disputes"), {"after": first.pk}).content.decode()
    assert reverse("office-dispute", args=[last.pk]) in page
    assert reverse("office-dispute", args=[first.pk]) not in page


@pytest.mark.parametrize("after", ["x", "-1", "1e9", "٣", "9" * 30])
def test_a_strange_key_is_the_first_page(office, shelf, after: str) -> None:
    assert "Track 1" in office.get(reverse("office-disputes"), {"after": after}).content.decode()
    assert office.get(reverse("office-disputes-settled"), {"after": after}).status_code == 200


def test_the_inbox_asks_as_often_for_many_as_for_one(
    office, shelf, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(8):
        office.get(reverse("office-disputes"))


def test_a_recording_in_dispute_stops_its_sale_and_the_inbox_says_so(office, shelf) -> None:
    recording = shelf.tracks[0].recording
    rival = ensure_party(name="Rival Label")
    record_shares(
        subject=Subject(recording_id=recording.pk),
        claims=[
            Claim(rival.pk, Right.MASTER, "Producer", Fraction(1), Territories.worldwide(),
                  Period.always())
        ],
        now=NOON,
    )  # fmt: skip
    dispute = Dispute.objects.get(recording=recording)

    assert "stopped" in office.get(reverse("office-disputes")).content.decode()
    page = office.get(reverse("office-dispute", args=[dispute.pk])).content.decode()
    assert "not sold" in page
    assert "recording: master" in page

    posted = {f"part_{s.pk}": "0" if s.party == rival else "100" for s in standing_shares(dispute)}
    sure = office.post(settle_url(dispute), {**posted, "settlement": "Court.", "do": "preview"})
    assert "The recording is sold again." in sure.content.decode()


def test_a_dispute_shows_claims_money_positions_and_the_letter(office, shelf) -> None:
    dispute = the_disputes()[0]
    evidence = record_evidence(
        title="Contract of May", media_type="text/plain", chunks=[b"signed"], now=NOON
    )
    state_position(
        dispute_id=dispute.pk,
        party_id=ensure_party(name="Wanda").pk,
        statement="I wrote it <b>in May</b>.",
        evidence_id=evidence.pk,
        now=NOON,
    )

    page = office.get(reverse("office-dispute", args=[dispute.pk])).content.decode()

    for text in (
        *("60 %", "40 %", "20 %", "120 %"),  # claimed, undisputed, contested, in all
        *("France", "2026", "$0.014000"),  # what is held
        "I wrote it &lt;b&gt;in May&lt;/b&gt;.",
        reverse("office-document", args=[evidence.sha256]),
        "Tin Weather",
        "Conflicting claims on “Track 1”",
        reverse("studio-claim", args=[dispute.pk]),
    ):
        assert text in page, text


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_letter_is_in_the_readers_language(office, shelf, language: str) -> None:
    url = reverse("office-dispute", args=[the_disputes()[0].pk])
    page = office.get(url, headers={"accept-language": language}).content.decode()

    assert {"de": "Widersprüchliche Ansprüche", "ar": "مطالبات متعارضة"}[language] in page
    assert "Conflicting claims" not in page


def test_settling_shows_first_what_it_pays_and_then_pays_it(office, operator, shelf) -> None:
    first, last = the_disputes()
    assert 'value="60"' in office.get(settle_url(first)).content.decode()
    before = (Posting.objects.count(), OwnershipShare.objects.count())
    sure = office.post(settle_url(first), said(first, do="preview")).content.decode()
    assert "Wanda Society" in sure
    assert "Another right in the same work" in sure
    assert (Posting.objects.count(), OwnershipShare.objects.count()) == before
    assert first.settled_at is None

    answer = office.post(settle_url(first), said(first, do="settle"))
    assert answer.status_code == 302
    assert office.post(settle_url(first), said(last, do="settle")).status_code == 302  # twice
    office.post(settle_url(last), said(last, do="settle"))

    first.refresh_from_db()
    assert (first.settlement, first.settled_by) == ("They shook hands.", operator)
    assert held_money(first) == ()
    page = office.get(reverse("office-dispute", args=[last.pk])).content.decode()
    for text in ("They shook hands.", "operator@example.org", "What the books moved", "Confirmed"):
        assert text in page, text
    assert "Track 1" in office.get(reverse("office-disputes-settled")).content.decode()
    again = office.get(settle_url(first), follow=True).content.decode()
    assert "It was settled already." in again


def test_the_document_of_a_settlement_is_kept_from_the_first_look_on(office, shelf) -> None:
    dispute = the_disputes()[0]
    document = SimpleUploadedFile("judgment.pdf", b"In the name of the people")
    sure = office.post(settle_url(dispute), said(dispute, do="preview", document=document))
    evidence = Evidence.objects.get()
    assert f'name="evidence" value="{evidence.pk}"' in sure.content.decode()

    office.post(settle_url(dispute), said(dispute, do="settle", evidence=str(evidence.pk)))

    dispute.refresh_from_db()
    assert dispute.settlement_evidence == evidence


BAD = [
    ({"wanda": "100", "will": "1/2"}, "still more than 100 %"),
    ({"wanda": "", "will": "40"}, "required"),
    ({"wanda": "120", "will": "0"}, "at most 100 percent"),
    ({"wanda": "-5", "will": "0"}, "Write a percentage"),
    ({"settlement": " "}, "required"),
    ({"settlement": "x" * 2001}, "at most 2000"),
    ({"evidence": "999"}, "valid choice"),
]


@pytest.mark.parametrize("do", ["preview", "settle"])
def test_a_bad_settlement_is_refused_beside_its_field(office, shelf, do, subtests) -> None:
    dispute = the_disputes()[0]

    for changed, told in BAD:
        with subtests.test(str(changed)):
            answer = office.post(settle_url(dispute), said(dispute, do=do, **changed))

            assert answer.status_code == 400
            assert told in answer.content.decode()
            dispute.refresh_from_db()
            assert dispute.settled_at is None
            assert not OwnershipShare.objects.filter(status="confirmed").exists()


def test_a_settlement_of_claims_that_changed_meanwhile_is_refused(office, shelf) -> None:
    dispute = the_disputes()[0]
    posted = said(dispute, do="settle")
    record_shares(
        subject=Subject(work_id=dispute.work_id),
        claims=[
            Claim(ensure_party(name="Wilma").pk, dispute.right, "Composer", Fraction(1, 5),
                  Territories.of("FR"), Period.always())
        ],
        now=NOON,
    )  # fmt: skip

    answer = office.post(settle_url(dispute), posted)

    assert answer.status_code == 400
    assert Dispute.objects.get(id=dispute.pk).settled_at is None


def test_going_back_from_the_last_look_keeps_what_was_typed(office, shelf) -> None:
    dispute = the_disputes()[0]
    page = office.post(settle_url(dispute), said(dispute, do="change", wanda="59")).content.decode()

    assert 'value="59"' in page
    assert "They shook hands." in page


@pytest.mark.parametrize("number", ["999999", "9" * 30, "0"])
def test_a_dispute_that_is_none_is_not_found(office, number: str) -> None:
    assert office.get(f"/office/disputes/{number}").status_code == 404
    assert office.post(f"/office/disputes/{number}/settle").status_code == 404


def test_a_dispute_that_ended_by_itself_says_so(office, shelf) -> None:
    dispute = the_disputes()[0]
    settle_dispute(
        dispute_id=dispute.pk,
        parts=dict.fromkeys((s.pk for s in standing_shares(dispute)), Fraction(1, 2)),
        settlement="Halves.",
        user_id=a_buyer("other@example.org").pk,
        now=timezone.now() + timedelta(seconds=1),
    )

    assert "Halves." in office.get(reverse("office-dispute", args=[dispute.pk])).content.decode()
    assert queries.open_dispute_count() == 1
