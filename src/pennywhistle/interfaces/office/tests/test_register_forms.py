"""What a party gives, licenses and agrees to: each form good, bad and twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from builders import NOON
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import record_tariff
from pennywhistle.apps.rights.models import (
    Evidence,
    License,
    Mandate,
    RateCardLine,
    SupplierAgreement,
    Transfer,
)

MANDATE = {
    "to_party": "Society",
    "rights": ["MECH", "MAKING_AVAILABLE"],
    "uses": ["PermanentDownload"],
    "included": "DE, FR, 40",
    "excluded": "FR",
    "first_day": "2026-01-01",
    "last_day": "2026-12-31",
    "is_exclusive": "on",
    "notice_days": "90",
}
LICENSE = {
    "rights": ["MECH", "MAKING_AVAILABLE"],
    "uses": ["PermanentDownload"],
    "included": "Worldwide",
    "due_days": "30",
}
AGREEMENT = {"us_source": "pass_through", "first_day": "2026-01-01"}
RATE = {"code": "FRONT1", "price": "0.99", "wholesale": "0.612345", "included": "2136"}
TRANSFER = {"to_party": "Society", "first_day": "2026-01-01", "last_day": "2026-03-31"}
FORMS: list[tuple[str, dict[str, object], type]] = [
    ("office-mandate-new", MANDATE, Mandate),
    ("office-license-new", LICENSE, License),
    ("office-agreement-new", AGREEMENT, SupplierAgreement),
    ("office-rate-new", RATE, RateCardLine),
    ("office-transfer-new", TRANSFER, Transfer),
]


@pytest.fixture
def wanda(store) -> Party:
    ensure_party(name="Society")
    return ensure_party(name="Wanda")


def post(office, name: str, party: Party, said: dict[str, object]):
    return office.post(reverse(name, args=[party.public_id]), said)


@pytest.mark.parametrize(("name", "said", "model"), FORMS, ids=lambda each: str(each)[:20])
def test_what_is_recorded_twice_is_there_once(office, wanda, name, said, model) -> None:
    assert office.get(reverse(name, args=[wanda.public_id])).status_code == 200

    for _ in range(2):
        answer = post(office, name, wanda, said)
        assert answer.status_code == 302, answer.context["form"].errors

    assert model.objects.count() == 1
    assert office.get(answer["Location"]).status_code == 200


def test_a_mandate_says_what_was_typed(office, wanda) -> None:
    post(office, "office-mandate-new", wanda, MANDATE)

    row = Mandate.objects.get()
    assert row.territories.text == "AT, DE"
    assert (row.valid_from, row.valid_until) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert (row.rights, row.is_exclusive, row.notice_days) == (
        ["MAKING_AVAILABLE", "MECH"],
        True,
        90,
    )


def test_a_price_code_keeps_six_decimals(office, wanda) -> None:
    post(office, "office-rate-new", wanda, RATE)

    assert RateCardLine.objects.get().wholesale_micro == 612_345


SLIPS = [
    ("office-mandate-new", {"to_party": "Wanda"}, "to_party", "Name another party"),
    ("office-mandate-new", {"to_party": "Nobody"}, "to_party", "Make the party first"),
    ("office-mandate-new", {"rights": []}, "rights", "required"),
    ("office-mandate-new", {"included": "XX"}, "included", "Write codes such as DE"),
    ("office-mandate-new", {"included": "9999"}, "included", "TIS"),
    ("office-mandate-new", {"excluded": "DE, AT, FR"}, "excluded", "leaves no country"),
    ("office-mandate-new", {"last_day": "2025-01-01"}, "last_day", "before the first"),
    ("office-mandate-new", {"notice_days": "-1"}, "notice_days", "0"),
    ("office-mandate-new", {"repertoire": "17"}, "repertoire", "valid choice"),
    ("office-license-new", {"tariff": "17"}, "tariff", "valid choice"),
    ("office-license-new", {"rights": ["MASTER"]}, "rights", "valid choice"),
    ("office-agreement-new", {"us_source": "by magic"}, "us_source", "valid choice"),
    ("office-rate-new", {"code": ""}, "code", "required"),
    ("office-rate-new", {"price": "1,20"}, "price", "digits with a point"),
    ("office-rate-new", {"price": "0"}, "price", "least"),
    ("office-transfer-new", {"to_party": "Wanda"}, "to_party", "Name another supplier"),
]


def test_a_slip_is_told_beside_its_field_and_nothing_is_recorded(office, wanda, subtests) -> None:
    forms = {form: (said, model) for form, said, model in FORMS}
    for name, change, field, sentence in SLIPS:
        said, model = forms[name]
        with subtests.test(name, change=change):
            answer = post(office, name, wanda, {**said, **change})

            assert answer.status_code == 400
            assert sentence in str(answer.context["form"].errors[field])
            assert sentence in answer.content.decode()
            assert not model.objects.exists()


def test_a_second_exclusive_mandate_is_refused_with_the_first_ones_holder(office, wanda) -> None:
    post(office, "office-mandate-new", wanda, MANDATE)
    ensure_party(name="Rival")

    answer = post(office, "office-mandate-new", wanda, {**MANDATE, "to_party": "Rival"})

    errors = str(answer.context["form"].errors["is_exclusive"])
    assert "Wanda has mandated Society exclusively" in errors
    assert "End the other one first" in errors


def test_a_circle_of_mandates_is_refused_with_its_way(office, wanda) -> None:
    post(office, "office-mandate-new", wanda, MANDATE)

    society = Party.objects.get(name="Society")
    answer = post(office, "office-mandate-new", society, {**MANDATE, "to_party": "Wanda"})

    assert "is a circle" in str(answer.context["form"].errors["to_party"])
    assert Mandate.objects.count() == 1


def test_of_several_parties_of_a_name_one_is_asked_for(office, wanda) -> None:
    twin = Party.objects.create(name="Society", slug="society")

    answer = post(office, "office-mandate-new", wanda, MANDATE)
    by_code = post(office, "office-mandate-new", wanda, {**MANDATE, "to_party": twin.public_id})

    assert twin.public_id in str(answer.context["form"].errors["to_party"])
    assert by_code.status_code == 302
    assert Mandate.objects.get().to_party == twin


def test_a_license_names_its_licensors_tariffs_only(office, wanda) -> None:
    mine = record_tariff(licensor_id=wanda.pk, name="Mine", now=NOON)
    others = record_tariff(licensor_id=ensure_party(name="Society").pk, name="Theirs", now=NOON)

    refused = post(office, "office-license-new", wanda, {**LICENSE, "tariff": str(others.pk)})
    taken = post(office, "office-license-new", wanda, {**LICENSE, "tariff": str(mine.pk)})

    assert (refused.status_code, taken.status_code) == (400, 302)
    assert License.objects.get().tariff == mine


def test_a_new_document_is_kept_with_the_row_that_rests_on_it(office, operator, wanda) -> None:
    contract = SimpleUploadedFile("contract.pdf", b"%PDF signed", "application/pdf")

    post(office, "office-agreement-new", wanda, {**AGREEMENT, "document": contract})

    (evidence,) = Evidence.objects.all()
    assert (evidence.title, evidence.recorded_by) == ("contract.pdf", operator)
    assert SupplierAgreement.objects.get().evidence == evidence


def test_a_document_on_file_is_chosen(office, wanda) -> None:
    post(
        office,
        "office-agreement-new",
        wanda,
        {**AGREEMENT, "document": SimpleUploadedFile("contract.pdf", b"signed")},
    )
    evidence = Evidence.objects.get()

    post(office, "office-transfer-new", wanda, {**TRANSFER, "evidence": str(evidence.pk)})

    assert Transfer.objects.get().evidence == evidence


def test_nothing_is_kept_of_a_refused_form(office, wanda) -> None:
    empty = SimpleUploadedFile("empty.pdf", b"")

    answer = post(office, "office-agreement-new", wanda, {**AGREEMENT, "document": empty})

    assert answer.status_code == 400
    assert not Evidence.objects.exists()
    assert not SupplierAgreement.objects.exists()


def test_a_mandate_ends_after_its_notice_unless_its_holder_agrees(office, wanda) -> None:
    post(office, "office-mandate-new", wanda, {**MANDATE, "last_day": ""})
    address = reverse("office-mandate-revoke", args=[Mandate.objects.get().pk])
    soon = (timezone.now() + timedelta(days=10)).date()
    said = {"effective_day": soon.isoformat()}
    assert office.get(address).status_code == 200

    refused = office.post(address, said)
    assert "Choose a later day" in str(refused.context["form"].errors["effective_day"])
    agreed = office.post(address, {**said, "is_agreed": "on"})

    assert agreed.status_code == 302
    assert Mandate.objects.open().get().valid_until.date() == soon
    # The row that was shown is closed: the same page is gone, and nothing happens twice.
    assert office.post(address, {**said, "is_agreed": "on"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "kind", "said", "model"),
    [
        ("office-license-new", "license", LICENSE, License),
        ("office-agreement-new", "agreement", AGREEMENT, SupplierAgreement),
        ("office-rate-new", "rate", RATE, RateCardLine),
        ("office-transfer-new", "transfer", TRANSFER, Transfer),
    ],
)
def test_a_row_is_ended_or_taken_back(office, wanda, name, kind, said, model) -> None:
    post(office, name, wanda, said)
    address = reverse("office-end", args=[kind, model.objects.get().pk])
    assert office.get(address).status_code == 200

    unsaid = office.post(address, {})
    ended = office.post(address, {"last_day": "2026-02-28"})

    assert (unsaid.status_code, ended.status_code) == (400, 302)
    (row,) = model.objects.open()
    assert row.valid_until == datetime(2026, 3, 1, tzinfo=UTC)
    back = office.post(reverse("office-end", args=[kind, row.pk]), {"is_mistake": "on"})
    assert back.status_code == 302
    assert not model.objects.open().exists()


def test_only_known_kinds_and_open_rows_are_ended(office, wanda) -> None:
    assert office.get(reverse("office-end", args=["party", 1])).status_code == 404
    assert office.get(reverse("office-end", args=["license", 1])).status_code == 404
