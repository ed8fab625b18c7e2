"""Who says that they own what is recorded as said; a change closes a row and records another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from builders import NOON
from pennywhistle.apps.catalog.actions import Credit, record_work
from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import (
    Claim,
    RegisterError,
    Subject,
    close_share,
    confirm_share,
    dispute_share,
    record_evidence,
    record_public_domain,
    record_share,
    record_shares,
    revoke_share,
)
from pennywhistle.apps.rights.folders import EVIDENCE
from pennywhistle.apps.rights.models import (
    Evidence,
    OwnershipShare,
    PublicDomain,
    RegisterChange,
    TerritorySet,
)
from pennywhistle.kernel.period import Period, PeriodInvalidError
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
HALF = Fraction(1, 2)


@pytest.fixture
def work() -> Work:
    """A song by nobody in particular."""
    writer = ensure_party(name="Ada Weir")
    return record_work(title="Tin Rain", iswc="", writers=[Credit(writer.pk, "Composer")])


@pytest.fixture
def recording() -> Recording:
    """A recording by a label."""
    return Recording.objects.create(
        title="Tin Rain", duration_ms=60_000, supplier=ensure_party(name="Label")
    )


def a_claim(name: str = "Ada Weir", part: Fraction = HALF, **change: object) -> Claim:
    claim = Claim(
        party_id=ensure_party(name=name).pk,
        right="MECH",
        role="Composer",
        part=part,
        territories=Territories.worldwide(),
        valid=Period.always(),
    )
    return replace(claim, **change)


def everything() -> list[tuple[object, ...]]:
    return list(OwnershipShare.objects.order_by("id").values_list())


def test_several_shares_of_a_work_are_recorded_at_once(work: Work) -> None:
    claims = [a_claim("Ada Weir"), a_claim("Ben Cole", Fraction(1, 3), role="Lyricist")]

    shares = record_shares(subject=Subject(work.pk), claims=claims, now=NOON)

    assert [(share.party.name, share.part, share.status) for share in shares] == [
        ("Ada Weir", HALF, "asserted"),
        ("Ben Cole", Fraction(1, 3), "asserted"),
    ]


def test_the_same_again_changes_nothing_and_keeps_what_was_confirmed(work: Work) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    confirmed = confirm_share(share_id=share.pk, now=LATER)
    known = everything()

    again = record_share(subject=Subject(work.pk), claim=a_claim(), now=LATER)

    assert again == confirmed
    assert everything() == known


def test_another_part_closes_what_the_same_party_said_before(work: Work) -> None:
    first = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    other = record_share(subject=Subject(work.pk), claim=a_claim("Ben Cole"), now=NOON)

    new = record_share(subject=Subject(work.pk), claim=a_claim(part=Fraction(1, 4)), now=LATER)

    first.refresh_from_db()
    assert first.closed_at == LATER
    assert set(OwnershipShare.objects.open()) == {other, new}
    assert set(OwnershipShare.objects.known(at=NOON)) == {first, other}


def test_claims_of_more_than_the_whole_stand_beside_each_other(work: Work) -> None:
    record_share(subject=Subject(work.pk), claim=a_claim("Ada Weir", Fraction(1)), now=NOON)

    record_share(subject=Subject(work.pk), claim=a_claim("Ben Cole", Fraction(1)), now=NOON)

    assert OwnershipShare.objects.open().count() == 2


@pytest.mark.parametrize(
    ("say", "status"),
    [(confirm_share, "confirmed"), (dispute_share, "disputed"), (revoke_share, "revoked")],
)
def test_a_change_of_status_is_a_new_row_with_the_same_part(
    work: Work, say: object, status: str
) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)

    new = say(share_id=share.pk, now=LATER)
    again = say(share_id=share.pk, now=LATER + timedelta(hours=1))

    share.refresh_from_db()
    assert (share.status, share.closed_at) == ("asserted", LATER)
    assert (new.status, new.part, new.recorded_at, new.closed_at) == (status, HALF, LATER, None)
    assert again == new
    assert list(OwnershipShare.objects.open()) == [new]


def test_a_revoked_share_comes_back_only_when_it_is_recorded_anew(work: Work) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    revoked = revoke_share(share_id=share.pk, now=LATER)

    with pytest.raises(actions.ShareRevokedError):
        confirm_share(share_id=revoked.pk, now=LATER)

    assert not OwnershipShare.objects.open().standing().exists()
    anew = record_share(subject=Subject(work.pk), claim=a_claim(), now=LATER)
    assert list(OwnershipShare.objects.open().standing()) == [anew]


def test_a_closed_share_keeps_its_status(work: Work) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    close_share(share_id=share.pk, now=LATER)
    close_share(share_id=share.pk, now=LATER + timedelta(hours=1))

    with pytest.raises(actions.RowClosedError):
        dispute_share(share_id=share.pk, now=LATER)

    share.refresh_from_db()
    assert share.closed_at == LATER
    assert OwnershipShare.objects.count() == 1


def test_a_share_can_end_in_the_world_at_an_instant(work: Work) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    end = NOON + timedelta(days=30)

    ended = close_share(share_id=share.pk, now=LATER, ends_at=end)

    assert ended is not None
    assert (ended.valid_until, ended.part) == (end, HALF)
    assert list(OwnershipShare.objects.open()) == [ended]
    assert close_share(share_id=ended.pk, now=LATER, ends_at=end) == ended


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"right": "MECHANICAL"}, "right-unknown"),
        ({"right": "MASTER"}, "right-foreign"),
        ({"role": "Composr"}, "share-role"),
        ({"role": "Producer"}, "share-role"),
        ({"part": Fraction(0)}, "shares-sum-to-nothing"),
        ({"part": Fraction(3, 2)}, "share-part"),
        ({"part": Fraction(-1, 2)}, "share-part"),
        ({"territories": Territories.none()}, "nothing-covered"),
    ],
)
def test_what_cannot_be_a_share_is_refused(
    work: Work, change: dict[str, object], error: str
) -> None:
    with pytest.raises(RegisterError) as refused:
        record_share(subject=Subject(work.pk), claim=a_claim(**change), now=NOON)

    assert refused.value.code == error
    assert not OwnershipShare.objects.exists()


def test_a_share_of_nothing_beside_others_is_refused(work: Work) -> None:
    claims = [a_claim("Ada Weir"), a_claim("Ben Cole", Fraction(0))]

    with pytest.raises(actions.SharePartError):
        record_shares(subject=Subject(work.pk), claims=claims, now=NOON)

    assert not OwnershipShare.objects.exists()


def test_a_party_that_claims_twice_is_refused(work: Work) -> None:
    claims = [a_claim(), a_claim(part=Fraction(1, 4))]

    with pytest.raises(actions.ClaimRepeatedError):
        record_shares(subject=Subject(work.pk), claims=claims, now=NOON)

    assert not OwnershipShare.objects.exists()


def test_unknown_territories_and_periods_that_end_before_they_begin_never_get_so_far() -> None:
    with pytest.raises(TerritoryUnknownError, match="XX"):
        Territories.parse(["DE", "XX"])
    with pytest.raises(PeriodInvalidError):
        Period(NOON, NOON)


def test_a_recording_is_owned_by_its_producer(recording: Recording) -> None:
    claim = a_claim("Label", Fraction(1), right="MASTER", role="Producer")
    subject = Subject(recording_id=recording.pk)

    share = record_share(subject=subject, claim=claim, now=NOON)

    assert share.recording == recording
    with pytest.raises(actions.RightForeignError):
        record_share(subject=subject, claim=replace(claim, right="MECH"), now=NOON)


@pytest.mark.parametrize("subject", [{}, {"work_id": 1, "recording_id": 1}])
def test_a_subject_is_a_work_or_a_recording(subject: dict[str, int]) -> None:
    with pytest.raises(actions.SubjectUnclearError):
        Subject(**subject)


def test_a_work_is_free_where_it_was_recorded_to_be(work: Work) -> None:
    said = {"work_id": work.pk, "territories": Territories.of("DE"), "valid": Period.always()}

    free = record_public_domain(**said, now=NOON)
    again = record_public_domain(**said, now=LATER)

    assert again == free
    assert actions.close_public_domain(public_domain_id=free.pk, now=LATER) is None
    assert not PublicDomain.objects.open().exists()


def test_a_document_is_kept_once_under_its_hash(work: Work) -> None:
    said = {"title": "Contract", "media_type": "application/pdf"}

    evidence = record_evidence(**said, chunks=[b"signed ", b"by all"], now=NOON)
    again = record_evidence(title="A copy", media_type="", chunks=[b"signed by all"], now=LATER)

    assert again == evidence
    assert (evidence.size_bytes, evidence.storage_key) == (13, evidence.sha256)
    assert EVIDENCE.path(evidence.sha256).read_bytes() == b"signed by all"
    share = record_share(
        subject=Subject(work.pk), claim=a_claim(), now=NOON, evidence_id=evidence.pk
    )
    assert confirm_share(share_id=share.pk, now=LATER).evidence == evidence


def test_an_empty_document_shows_nothing() -> None:
    with pytest.raises(actions.EvidenceEmptyError):
        record_evidence(title="Contract", media_type="text/plain", chunks=[], now=NOON)

    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rights_ownershipshare SET numerator = 1, denominator = 9",
        "UPDATE rights_ownershipshare SET status = 'confirmed'",
        "UPDATE rights_ownershipshare SET closed_at = recorded_at - interval '1 day'",
        "DELETE FROM rights_ownershipshare",
        "UPDATE rights_evidence SET title = ''",
        "DELETE FROM rights_publicdomain",
    ],
)
def test_the_database_lets_nobody_edit_the_register(work: Work, statement: str) -> None:
    record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    record_evidence(title="Contract", media_type="", chunks=[b"signed"], now=NOON)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        {"numerator": 0},
        {"numerator": 3, "denominator": 2},
        {"right": "MASTER"},
        {"status": "believed"},
        {"work_id": None},
        {"valid_from": LATER, "valid_until": NOON},
        {},
    ],
)
def test_the_database_refuses_what_no_share_can_be(work: Work, change: dict[str, object]) -> None:
    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    columns = {
        "work_id": work.pk,
        "right": "MECH",
        "party_id": share.party_id,
        "role": "Composer",
        "numerator": 1,
        "denominator": 2,
        "territories": TerritorySet.objects.get(),
        "recorded_at": NOON,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        OwnershipShare.objects.create(**{**columns, **change})


def test_every_row_that_comes_or_goes_is_written_down(work: Work) -> None:
    RegisterChange.objects.all().delete()

    share = record_share(subject=Subject(work.pk), claim=a_claim(), now=NOON)
    close_share(share_id=share.pk, now=LATER)

    changes = RegisterChange.objects.order_by("id").values_list("kind", "row_id")
    assert list(changes) == [("ownershipshare", share.pk)] * 2
