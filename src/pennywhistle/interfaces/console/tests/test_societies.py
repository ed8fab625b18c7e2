"""An operator makes a party a society by one command."""

from fractions import Fraction

import pytest
from typer.testing import CliRunner

from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.societies.models import Society
from pennywhistle.interfaces.console.commands import app

pytestmark = pytest.mark.django_db


def run(*words):
    return CliRunner().invoke(app, ["society", *words])


def test_a_party_becomes_a_society_and_can_change_its_terms():
    party = ensure_party(name="Society of Tests")
    assert run("Society of Tests", "--deducts", "12.5%", "--for", "administration").exit_code == 0
    assert Society.objects.get().deduction == Fraction(1, 8)
    assert run(party.public_id, "--deducts", "0", "--year-ends", "06-30").exit_code == 0
    society = Society.objects.get()
    assert (society.deduction, society.year_ends_month, society.year_ends_day) == (0, 6, 30)


@pytest.mark.parametrize(
    "words",
    [
        ("Nobody", "--deducts", "0"),
        ("Twin", "--deducts", "0"),
        ("One", "--deducts", "100%"),
        ("One", "--deducts", "1/0"),
        ("One", "--deducts", "3/2", "--for", "greed"),
        ("One", "--deducts", "10%"),
        ("One", "--deducts", "0", "--year-ends", "02-30"),
        ("One", "--deducts", "0", "--year-ends", "today"),
    ],
)
def test_what_makes_no_sense_is_refused(words):
    one = ensure_party(name="One")
    for _ in range(2):
        one.__class__.objects.create(name="Twin", slug="twin")
    assert run(*words).exit_code == 2
    assert not Society.objects.exists()
