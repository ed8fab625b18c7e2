"""What a claimant sees of a dispute, and what it can do: answer, or claim less."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from builders import Shelf, a_shelf, a_user
from pennywhistle.apps.claims.models import Dispute, Position
from pennywhistle.apps.claims.queries import standing_shares
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.rights.models import OwnershipShare
from societies import written_by


@pytest.fixture
def shelf(store) -> Shelf:
    shelf = a_shelf(track_count=1)
    written_by(shelf, {"Wanda": Fraction(3, 5), "Will": Fraction(3, 5)})
    return shelf


def acting_for(name: str) -> Client:
    user = a_user(f"{name.lower()}@example.org")
    let_act(party_id=ensure_party(name=name).pk, user_id=user.pk)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def wanda(shelf) -> Client:
    return acting_for("Wanda")


@pytest.fixture
def stranger(shelf) -> Client:
    """Somebody with a studio and shares of other things."""
    return acting_for("Tin Weather Label")


def the_dispute() -> Dispute:
    dispute = Dispute.objects.order_by("id").first()
    assert dispute is not None
    return dispute


def share_of(name: str) -> OwnershipShare:
    return next(s for s in standing_shares(the_dispute()) if s.party.name == name)


def url(name: str) -> str:
    return reverse(name, args=[the_dispute().pk])


def lower(client: Client, *, part: str, do: str = "lower", share: int | None = None):
    chosen = share_of("Wanda").pk if share is None else share
    return client.post(url("studio-claim-lower"), {"share": chosen, "part": part, "do": do})


def answer(client: Client, **more):
    party = ensure_party(name="Wanda").public_id
    return client.post(
        url("studio-claim-answer"), {"party": party, "statement": "I wrote it.", **more}
    )


def test_a_claimant_sees_who_else_claims_how_much_and_by_when_to_answer(wanda) -> None:
    rows = wanda.get(reverse("studio-claims")).content.decode()
    assert url("studio-claim") in rows
    assert "120 %" in rows

    page = wanda.get(url("studio-claim")).content.decode()
    for text in ("Wanda", "Will", "60 %", "40 %", "yours", "To all claimants of “Track 1”"):
        assert text in page, text


def test_nobody_else_finds_it(stranger) -> None:
    before = (Position.objects.count(), OwnershipShare.objects.count())

    assert url("studio-claim") not in stranger.get(reverse("studio-claims")).content.decode()
    assert stranger.get(url("studio-claim")).status_code == 404
    assert answer(stranger).status_code == 404
    for do in ("try", "lower"):
        assert lower(stranger, part="0", do=do).status_code == 404

    assert (Position.objects.count(), OwnershipShare.objects.count()) == before


def test_a_position_is_stated_once_with_its_document(wanda) -> None:
    for _ in range(2):
        document = SimpleUploadedFile("contract.pdf", b"signed in May")
        assert answer(wanda, document=document).status_code == 302

    position = Position.objects.get()
    assert (position.party.name, position.statement) == ("Wanda", "I wrote it.")
    assert position.evidence is not None
    assert "contract.pdf" in wanda.get(url("studio-claim")).content.decode()


def test_what_one_claimant_says_the_other_does_not_read(wanda) -> None:
    answer(wanda, statement="Will stole it.")

    assert "stole" in wanda.get(url("studio-claim")).content.decode()
    assert "stole" not in acting_for("Will").get(url("studio-claim")).content.decode()


@pytest.mark.parametrize(
    "posted",
    [
        {"statement": " "},
        {"statement": "x" * 2001},
        {"document": SimpleUploadedFile("empty.pdf", b"")},
        {"party": "nobody"},
        {"party": "Will"},
    ],
)
def test_a_bad_position_is_refused_and_nothing_written(wanda, posted) -> None:
    if posted.get("party") == "Will":
        posted = {"party": ensure_party(name="Will").public_id}

    assert answer(wanda, **posted).status_code == 400
    assert not Position.objects.exists()


def test_lowering_shows_what_it_ends_before_it_does(wanda) -> None:
    share = share_of("Wanda")

    told = lower(wanda, part="50", do="try").content.decode()
    assert "would not end the dispute" in told
    assert "110 %" in told
    assert "would end the dispute" in lower(wanda, part="40", do="try").content.decode()
    assert share_of("Wanda").part == Fraction(3, 5)

    assert lower(wanda, part="40").status_code == 302
    assert lower(wanda, part="40", share=share.pk).status_code == 302  # the button twice
    assert the_dispute().settled_at is not None
    assert share_of("Wanda").part == Fraction(2, 5)
    page = wanda.get(url("studio-claim")).content.decode()
    assert "withdrew or lowered shares" in page
    assert url("studio-claim") in wanda.get(reverse("studio-claims")).content.decode()


def test_a_share_is_withdrawn(wanda) -> None:
    lower(wanda, part="0")

    assert [share.party.name for share in standing_shares(the_dispute())] == ["Will"]
    assert wanda.get(url("studio-claim")).status_code == 200


@pytest.mark.parametrize("do", ["try", "lower"])
def test_only_less_may_be_said(wanda, do: str, subtests) -> None:
    for part in ("60", "61", "100", "-1", "x", "", "1/0", "1e9"):
        with subtests.test(part):
            assert lower(wanda, part=part, do=do).status_code == 400
            assert share_of("Wanda").part == Fraction(3, 5)


def test_nobody_lowers_the_other_share(wanda) -> None:
    for share in (share_of("Will").pk, 0, 999_999):
        assert lower(wanda, part="0", share=share).status_code == 302

    assert share_of("Will").part == Fraction(3, 5)
    assert the_dispute().settled_at is None


def test_a_settled_dispute_takes_no_more_answers(wanda) -> None:
    lower(wanda, part="0")

    assert answer(wanda).status_code == 302
    assert not Position.objects.exists()


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40])
def test_a_strange_key_is_the_first_page(wanda, after: str) -> None:
    page = wanda.get(reverse("studio-claims"), {"after": after}).content.decode()
    assert url("studio-claim") in page
