"""Parties: finding them, making them, their numbers, and their page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from builders import NOON
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party, PartyIdentifier
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    record_agreement,
    record_mandate,
    revoke_mandate,
)
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

MARCH, JUNE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def page(office, party: Party, **asked: str) -> str:
    answer = office.get(reverse("office-party", args=[party.public_id]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def mandate(giver: str, holder: str, *places: str, now: datetime = NOON, **change: object) -> int:
    terms = MandateTerms(
        from_party_id=ensure_party(name=giver).pk,
        to_party_id=ensure_party(name=holder).pk,
        rights=("MECH",),
        territories=Territories.of(*places) if places else Territories.worldwide(),
        valid=Period.always(),
        **change,
    )
    return record_mandate(terms=terms, now=now).pk


@pytest.mark.parametrize(
    "said", ["Wanda", "anda Wri", "00014 107 338", "IPI 00014107338", "the public id"]
)
def test_a_party_is_found_by_name_code_or_number(office, said) -> None:
    party = ensure_party(name="Wanda Writer")
    ensure_party(name="Somebody Else")
    identify_party(party_id=party.pk, scheme="ipi-name", text="00014107338")

    asked = party.public_id if said == "the public id" else said
    text = office.get(reverse("office-parties"), {"q": asked}).content.decode()

    assert "Wanda Writer" in text
    assert "Somebody Else" not in text


def test_a_search_without_an_answer_says_so(office) -> None:
    text = office.get(reverse("office-parties"), {"q": "Nobody"}).content.decode()

    assert "Nobody is found for “Nobody”" in text


def test_the_list_goes_on_by_key(office, django_assert_max_num_queries) -> None:
    Party.objects.bulk_create(Party(name=f"Party {n:03}", slug="p") for n in range(120))

    seen, address = [], reverse("office-parties")
    with django_assert_max_num_queries(40):
        for _ in range(3):
            answer = office.get(address)
            seen += [each["party"].name for each in answer.context["parties"]]
            address = answer.context["pager"]["next_url"]

    assert [name for name in seen if name.startswith("Party")] == [
        f"Party {n:03}" for n in range(120)
    ]
    assert not address


def test_a_party_is_made_once(office) -> None:
    for _ in range(2):
        answer = office.post(
            reverse("office-party-new"), {"name": "A Society", "kind": "organization"}
        )
        assert answer.status_code == 302

    assert Party.objects.get(name="A Society").kind == "organization"


def test_a_party_without_a_name_is_none(office) -> None:
    before = Party.objects.count()

    assert office.post(reverse("office-party-new"), {"kind": "person"}).status_code == 400
    assert Party.objects.count() == before


def test_a_number_is_noted_once_and_in_its_normal_form(office) -> None:
    party = ensure_party(name="Wanda")
    address = reverse("office-party-identify", args=[party.public_id])

    for text in ("0000 0001 2103 2683", "0000-0001-2103-2683"):
        assert office.post(address, {"scheme": "isni", "text": text}).status_code == 302

    assert PartyIdentifier.objects.get().value == "0000000121032683"
    assert "0000 0001 2103 2683" in page(office, party)


@pytest.mark.parametrize(("text", "said"), [("12", "Check the number"), ("", "required")])
def test_a_wrong_number_is_refused_beside_its_field(office, text, said) -> None:
    party = ensure_party(name="Wanda")

    answer = office.post(
        reverse("office-party-identify", args=[party.public_id]), {"scheme": "isni", "text": text}
    )

    assert answer.status_code == 400
    assert said in str(answer.context["form"].errors["text"])
    assert not PartyIdentifier.objects.exists()


def test_a_number_with_a_wrong_check_character_is_kept_and_told(office) -> None:
    party = ensure_party(name="Wanda")

    answer = office.post(
        reverse("office-party-identify", args=[party.public_id]),
        {"scheme": "isni", "text": "0000 0001 2103 2684"},
        follow=True,
    )

    assert "its check character is wrong" in answer.content.decode()
    assert "check character wrong" in page(office, party)


def test_anothers_number_is_refused_with_its_name(office) -> None:
    identify_party(party_id=ensure_party(name="Owner").pk, scheme="dpid", text="PADPIDA2008120501W")

    answer = office.post(
        reverse("office-party-identify", args=[ensure_party(name="Wanda").public_id]),
        {"scheme": "dpid", "text": "PADPIDA2008120501W"},
    )

    assert "belongs to Owner" in str(answer.context["form"].errors["text"])


def test_chains_of_mandates_are_drawn_both_ways(office) -> None:
    mandate("Wanda", "Publisher", is_exclusive=True)
    mandate("Publisher", "Society", "DE", "AT")

    text = page(office, Party.objects.get(name="Publisher"))
    wandas = page(office, Party.objects.get(name="Wanda"))

    assert "Who may license for" in text
    assert "For whom" in text
    assert "exclusive" in text
    # From Wanda the chain goes on to the society, where only a part of it is left.
    assert wandas.index("Publisher") < wandas.index("Society")
    assert "AT, DE" in wandas


def test_a_chain_ends_where_nothing_of_the_right_is_left(office) -> None:
    mandate("Wanda", "Publisher", "US")
    mandate("Publisher", "Society", "DE")

    assert "Society" not in page(office, Party.objects.get(name="Wanda"))


def test_a_wide_fan_of_mandates_is_cut_and_costs_few_queries(
    office, django_assert_max_num_queries
) -> None:
    for n in range(130):
        mandate(f"Member {n}", "Society")

    with django_assert_max_num_queries(30):
        text = page(office, Party.objects.get(name="Society"))

    assert "There are more than fit here" in text


def test_a_page_costs_the_same_queries_however_much_there_is(
    office, django_assert_max_num_queries
) -> None:
    for n in range(10):
        mandate("Wanda", f"Society {n}", "DE")
        record_agreement(
            supplier_id=Party.objects.get(name="Wanda").pk,
            valid=Period(datetime(2020 + n, 1, 1, tzinfo=UTC), None),
            us_source=None,
            now=NOON,
        )

    with django_assert_max_num_queries(30):
        page(office, Party.objects.get(name="Wanda"))


def test_what_was_believed_on_a_day_is_readable(office) -> None:
    mandate_id = mandate("Wanda", "Society", now=MARCH)
    revoke_mandate(mandate_id=mandate_id, effective_at=JUNE, now=JUNE, is_agreed=True)
    wanda = Party.objects.get(name="Wanda")

    then = page(office, wanda, known_on="2026-03-03", true_on="2026-07-01")
    now = page(office, wanda, known_on="", true_on="2026-07-01")
    before = page(office, wanda, known_on="2026-02-01", true_on="")

    assert "what the store believed then" in then
    assert "Society" in then
    assert "Society" not in now
    assert "Society" not in before


def test_a_day_that_is_none_shows_the_present(office) -> None:
    mandate("Wanda", "Society")

    assert "Society" in page(office, Party.objects.get(name="Wanda"), known_on="yesterday")


def test_what_was_closed_stays_readable(office) -> None:
    mandate_id = mandate("Wanda", "Society", now=MARCH)
    revoke_mandate(mandate_id=mandate_id, effective_at=JUNE, now=NOON, is_agreed=True)
    wanda = Party.objects.get(name="Wanda")

    answer = office.get(reverse("office-party-history", args=[wanda.public_id]))

    assert "2026-03-01 00:00" in answer.content.decode()
    assert "2026-11-21 12:00" in answer.content.decode()
