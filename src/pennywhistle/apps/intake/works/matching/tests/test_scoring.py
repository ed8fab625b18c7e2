"""How alike titles are and how sure a match is: the tables of the documentation are run."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.apps.intake.works.matching.scoring import (
    Named,
    Person,
    Side,
    alike,
    judge,
    title_words,
)

PAGE = Path(__file__).parents[7] / "docs/algorithms/matching.md"
WORDS = st.lists(st.sampled_from(["long", "rain", "over", "kassel"]), max_size=5)


def table(heading: str) -> list[list[str]]:
    lines = iter(PAGE.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith(heading):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows
    return rows


TITLES = table("| One | Other |")
MATCHES = table("| Recording | by |")
NAMED = {
    "supplier": Named(by_supplier=True, by_another=True),
    "licensor": Named(by_licensor=True, by_another=True),
    "another": Named(by_another=True),
    "twin": Named(has_twin=True),
    "nobody": Named(),
}


def people(name: str, party_id: int) -> tuple[Person, ...]:
    return (Person(party_id, name),) if name else ()


@pytest.mark.parametrize("row", TITLES, ids=lambda row: row[0])
def test_titles_are_as_alike_as_the_page_says(row: list[str]) -> None:
    one, other, permille = row
    assert int(1000 * alike(title_words(one), title_words(other))) == int(permille)


@pytest.mark.parametrize("row", MATCHES, ids=lambda row: " ".join(row[:5]))
def test_matches_are_as_sure_as_the_page_says(row: list[str]) -> None:
    recording, artist, work, writer, named, rule, permille = row
    judged = judge(Side(recording, people(artist, 1)), Side(work, people(writer, 2)), NAMED[named])
    found = (judged.rule, str(judged.permille)) if judged else ("", "")
    assert found == (rule, permille)


def test_the_same_party_is_surer_than_the_same_name() -> None:
    ada = Person(1, "Ada Weir")
    judged = judge(Side("Rain", (ada,)), Side("Rain", (ada,)), Named())
    assert judged is not None
    assert (judged.rule, judged.permille, judged.people) == ("title-and-party", 850, ("Ada Weir",))


@given(WORDS, WORDS)
def test_likeness_has_no_direction_and_is_a_part(one: list[str], other: list[str]) -> None:
    assert alike(one, other) == alike(other, one)
    assert 0 <= alike(one, other) <= 1
    assert (alike(one, other) == 1) == (sorted(one) == sorted(other) != [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "title", sorted({title for row in TITLES for title in row[:2]} | {"L'été", "Ωδή", "??"})
)
def test_the_database_looks_for_the_words_that_are_compared(title: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_title_key(%s)", [title])
        (key,) = cursor.fetchone()

    # Scripts without spaces are compared by character, and looked for as they stand.
    assert key.replace(" ", "") == "".join(title_words(title))
