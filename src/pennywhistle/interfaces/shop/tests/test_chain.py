"""The chain of authority, as the shop shows it: who allowed a sale, or why nobody could."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.test import Client

from builders import a_shelf, a_store
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db


def chain_of(public_id: str) -> str:
    return Client().get(f"/chain/track/{public_id}").content.decode()


def test_a_license_without_a_mandate_is_named_and_worth_nothing() -> None:
    """The old store's fine print, on its own page: it says why nothing is sold."""
    a_store()
    shelf = a_shelf()
    a_society("Society for Everything")
    written_by(shelf, {"Wanda": Fraction(1)})

    page = chain_of(shelf.tracks[0].public_id)

    assert "It is not sold in" in page
    assert (
        "Society for Everything licenses this store, but holds no mandate from Wanda for Track 1."
    ) in page
    assert "a mandate of Wanda for Society for Everything" in page
    assert "To Wanda" in page  # the letter that asks for it


def test_the_chain_leads_from_the_writer_to_the_store() -> None:
    a_store()
    shelf = a_shelf(track_price="0.99")
    mandate(written_by(shelf, {"Wanda": Fraction(1)})["Wanda"], a_society())

    page = chain_of(shelf.tracks[0].public_id)

    for sentence in [
        "Wanda owns 100 % of Track 1 (work: reproduction).",
        "Wanda lets Society of Authors alone license it",
        "Society of Authors licenses it to this store in all countries",
        "until further notice: Unit downloads.",
        "License fee",
    ]:
        assert sentence in page, sentence


def test_money_that_is_held_is_said_to_be() -> None:
    a_store()
    shelf = a_shelf(track_price="0.99")
    society = a_society()
    for writer in written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)}).values():
        mandate(writer, society)

    page = chain_of(shelf.tracks[0].public_id)

    assert "The shares of Track 1 are claimed to 200 %; the contested part is held." in page
    assert "Held until a dispute is settled" in page
