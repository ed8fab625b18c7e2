"""VAT numbers are read strictly, counted once a register confirmed them, and never guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_user
from pennywhistle.apps.taxes.businesses import Business, is_named_by
from pennywhistle.apps.taxes.models import VatAnswer, VatNumber
from pennywhistle.apps.taxes.numbers import (
    BusinessUnnamedError,
    VatNumberChecksumError,
    VatNumberElsewhereError,
    VatNumberError,
    VatNumberFormError,
    ask_due,
    business_numbers,
    count_waiting,
    give_up_vat_number,
    read_vat_number,
    state_vat_number,
    vouch_for_vat_number,
)
from pennywhistle.apps.taxes.register import Answer, RegisterUnavailableError, _read

# The number that the documentation of python-stdnum uses.
GERMAN = "DE136695976"
LATER = NOON + timedelta(days=1)
LINDE = Business("Linde", "Ring 1", "10115", "Berlin")


@dataclass
class FakeRegister:
    """A register that says what a test wants."""

    valid: set[str] = field(default_factory=set)
    is_down: bool = False
    name: str = "LINDE GMBH"
    address: str = "RING 1, 10115 BERLIN"
    asked: list[str] = field(default_factory=list)
    code: str = "fake"

    def ask(self, *, number: str) -> Answer:
        self.asked.append(number)
        if self.is_down:
            raise RegisterUnavailableError("It is down.")
        return Answer(number in self.valid, {"name": self.name, "address": self.address})


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("DE136695976", "DE", GERMAN),
        (" de 136.695-976 ", "DE", GERMAN),
        ("136695976", "DE", GERMAN),
        ("EL 094259216", "GR", "EL094259216"),
        ("FR 61 954 506 077", "FR", "FR61954506077"),
        ("FR61954506077", "MC", "FR61954506077"),
        ("ATU57194903", "AT", "ATU57194903"),
        ("GB980780684", "GB", "GB980780684"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, country: str, expected: str) -> None:
    assert read_vat_number(text, country=country) == expected


@pytest.mark.parametrize(
    ("text", "country", "error"),
    [
        ("", "DE", VatNumberFormError),
        ("DE" + "1" * 60, "DE", VatNumberFormError),
        ("DE13669597", "DE", VatNumberFormError),
        ("DE13669597A", "DE", VatNumberFormError),
        ("DE136695978", "DE", VatNumberChecksumError),
        ("FR61954506077", "DE", VatNumberElsewhereError),
        ("GR094259216", "GR", VatNumberElsewhereError),
        ("XI980780684", "GB", VatNumberError),
        ("GB980780685", "GB", VatNumberChecksumError),
        ("US123456789", "US", VatNumberElsewhereError),
        ("CHE107787577", "CH", VatNumberElsewhereError),
        ("DE\u0661\u0663\u0666695976", "DE", VatNumberError),
    ],
)
def test_what_is_no_number_of_the_country_is_refused(
    text: str, country: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_vat_number(text, country=country)


@pytest.mark.django_db
def test_a_number_counts_from_the_answer_on_until_it_is_given_up() -> None:
    user = a_user(country="DE")
    number = state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)
    assert state_vat_number(user_id=user.pk, text="136695976", business=LINDE, now=LATER) == number

    register = FakeRegister({GERMAN})
    assert ask_due(register=register, now=NOON + timedelta(minutes=5)) == 1
    assert ask_due(register=register, now=NOON + timedelta(minutes=6)) == 0

    give_up_vat_number(user_id=user.pk, now=LATER)
    asked = [NOON, NOON + timedelta(minutes=5), LATER - timedelta(seconds=1), LATER]
    found = business_numbers([(user.pk, at) for at in asked])
    assert found == [None, number, number, None]


@pytest.mark.django_db
def test_a_register_that_is_down_leaves_everything_as_it_is_and_is_asked_again() -> None:
    user = a_user(country="DE")
    state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)
    register = FakeRegister({GERMAN}, is_down=True)

    assert ask_due(register=register, now=NOON) == 0
    assert not VatAnswer.objects.exists()
    register.is_down = False
    assert ask_due(register=register, now=LATER) == 1


@pytest.mark.django_db
def test_a_number_that_ends_counts_no_more_and_what_was_said_before_stays() -> None:
    user = a_user(country="DE")
    number = state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)
    ask_due(register=FakeRegister({GERMAN}), now=NOON)
    much_later = NOON + timedelta(days=91)

    assert ask_due(register=FakeRegister(), now=much_later) == 1

    assert business_numbers([(user.pk, LATER), (user.pk, much_later)]) == [number, None]


@pytest.mark.django_db
def test_an_operator_vouches_with_a_reason() -> None:
    user, operator = a_user(country="GB"), a_user("op@example.org")
    number = state_vat_number(user_id=user.pk, text="GB980780684", business=LINDE, now=NOON)
    said = {"number_id": number.pk, "is_valid": True, "operator_id": operator.pk, "now": NOON}

    with pytest.raises(VatNumberError):
        vouch_for_vat_number(reason=" ", **said)
    for _ in range(2):
        vouch_for_vat_number(reason="Looked it up at HMRC today.", **said)

    assert VatAnswer.objects.get().by == "op@example.org"
    assert business_numbers([(user.pk, NOON)]) == [number]
    # Nobody but an operator can be asked about numbers of the United Kingdom.
    assert ask_due(register=FakeRegister(), now=NOON + timedelta(days=200)) == 0


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("Linde", "Ring 1, 10115 Berlin", "theirs"),
        ("LINDÉ G.m.b.H.", "---", "theirs"),
        ("OTHER||LINDE", "", "theirs"),
        ("Linde & Partner", "Ring 1, 10115 Berlin", "not theirs"),
        ("Linde", "Ring 1, 10117 Berlin", "not theirs"),
        ("---", "Ring 1, 10115 Berlin", "not theirs"),
        ("", "", "not theirs"),
    ],
)
def test_a_register_names_a_business_by_name_and_postcode(
    name: str, address: str, says: str
) -> None:
    assert is_named_by(LINDE, {"name": name, "address": address}) is (says == "theirs")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["---", "Somebody Else AG"])
def test_a_number_of_somebody_else_counts_only_once_an_operator_vouches(name: str) -> None:
    user, operator = a_user(country="DE"), a_user("op@example.org")
    number = state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)
    register = FakeRegister({GERMAN}, name=name)

    assert count_waiting(now=NOON) == 1
    ask_due(register=register, now=NOON)
    assert business_numbers([(user.pk, LATER)]) == [None]
    assert count_waiting(now=LATER) == 1

    vouch_for_vat_number(
        number_id=number.pk,
        is_valid=True,
        reason="Their entry in the trade register.",
        operator_id=operator.pk,
        now=LATER,
    )
    assert business_numbers([(user.pk, LATER)]) == [number]
    assert count_waiting(now=LATER) == 0
    # Asked about again, the register tells no more than before.
    much_later = LATER + timedelta(days=91)
    ask_due(register=register, now=much_later)
    assert business_numbers([(user.pk, much_later)]) == [number]


@pytest.mark.django_db
def test_a_number_is_not_noted_without_name_and_address() -> None:
    user = a_user(country="DE")

    for business in (Business("", "Ring 1", "10115", "Berlin"), Business("Linde", " ", "1", "B")):
        with pytest.raises(BusinessUnnamedError):
            state_vat_number(user_id=user.pk, text=GERMAN, business=business, now=NOON)
    assert not VatNumber.objects.exists()


@pytest.mark.django_db
def test_a_number_that_is_refused_leaves_the_old_one() -> None:
    user = a_user(country="DE")
    number = state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)

    with pytest.raises(VatNumberChecksumError):
        state_vat_number(user_id=user.pk, text="DE136695978", business=LINDE, now=LATER)

    assert VatNumber.objects.of(user=user).get() == number


@pytest.mark.django_db
def test_the_database_keeps_numbers_and_answers() -> None:
    user = a_user(country="DE")
    number = state_vat_number(user_id=user.pk, text=GERMAN, business=LINDE, now=NOON)
    ask_due(register=FakeRegister({GERMAN}), now=NOON)

    for change in (
        lambda: VatNumber.objects.update(number="DE1"),
        lambda: VatNumber.objects.all().delete(),
        lambda: VatAnswer.objects.update(is_valid=False),
        lambda: VatNumber.objects.create(user=user, country="DE", number=GERMAN, recorded_at=NOON),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert VatNumber.objects.get() == number


ASKED = {"countryCode": "DE", "vatNumber": "136695976"}
RIGHT = {"countryCode": "DE", "vatNumber": "136695976", "valid": True, "name": "---"}


def test_an_answer_is_kept_as_it_came() -> None:
    answer = _read(200, json.dumps({**RIGHT, "requestIdentifier": "WAPI1"}).encode(), ASKED)

    assert answer.is_valid
    assert answer.document["requestIdentifier"] == "WAPI1"


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b""),
        (200, b"<html>maintenance</html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"[" * 100_000),
        (500, json.dumps(RIGHT).encode()),
        (200, json.dumps({"actionSucceed": False}).encode()),
        (200, json.dumps({**RIGHT, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}).encode()),
        (200, json.dumps({**RIGHT, "vatNumber": "999999999"}).encode()),
        (200, json.dumps({**RIGHT, "countryCode": "FR"}).encode()),
        (200, json.dumps({**RIGHT, "valid": "yes"}).encode()),
        (200, json.dumps({"valid": True}).encode()),
    ],
)
def test_anything_but_an_answer_about_this_number_is_none(status: int, content: bytes) -> None:
    with pytest.raises(RegisterUnavailableError):
        _read(status, content, ASKED)
