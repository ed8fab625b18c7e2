"""What docs/algorithms/clearance.md works out and lists is what the engine does."""

import re
from dataclasses import replace
from fractions import Fraction

from pennywhistle.engines.clearance import clear
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    GRANT,
    QUESTION,
    SOCIETY,
    a_license,
    a_mandate,
    a_recording,
    a_register,
    a_single,
    a_work,
    amounts,
    an_album,
    usd,
)
from pennywhistle.engines.clearance.wording import WORDS
from worked_tables import micro_of, part_of, worked_table

PAGE = "clearance.md"


def test_the_worked_holds_are_right() -> None:
    by_law = replace(
        a_license(1, SOCIETY, Tariff(1, "Fifteen", percent=Fraction(15, 100))),
        unidentified_by="a law",
    )
    rows = worked_table(PAGE, "Worked holds")

    assert len(rows) == 7
    for row in rows:
        claims = [part_of(cell.strip()) for cell in row["Claims"].split(",")]
        owners = range(50, 50 + len(claims))
        register = a_register(
            mandates=[a_mandate(owner, owner, SOCIETY) for owner in owners], licenses=[by_law]
        )
        work = a_work(1, *zip(owners, claims, strict=True))
        item = a_single(GRANT, recording=a_recording(1, work), register=register)

        found = {"payee": 0, "held": 0, "unclaimed": 0}
        for purse, micro in amounts(clear(item, QUESTION)).items():
            if purse.kind != "payee" or purse.party_id == SOCIETY:
                found[purse.kind] = micro

        assert found["payee"] == micro_of(row["Society"])
        assert found["held"] == micro_of(row["Held"])
        assert found["unclaimed"] == micro_of(row["Unclaimed"])


def test_the_worked_completions_are_right() -> None:
    rows = worked_table(PAGE, "Worked completions")

    assert len(rows) == 6
    for row in rows:
        album = an_album(
            *["0.14"] * 3, price=row["Album"], track_wholesale=row["Wholesale of a track"]
        )
        owned = frozenset(f"track:{number + 1}" for number in range(int(row["Tracks owned"])))
        question = replace(
            QUESTION, owned=owned, paid=usd(row["Paid"]), has_subsidy=row["Subsidized"] == "yes"
        )

        verdict = clear(album, question)

        assert (verdict.floor, verdict.price) == (usd(row["Floor"]), usd(row["Price"]))


def test_every_reason_is_on_the_page_and_no_other() -> None:
    listed = {
        code
        for heading, column in (("The reasons", "code"), ("Money that is kept apart", "why"))
        for row in worked_table(PAGE, heading)
        for code in re.findall(r"`([a-z-]+)`", row[column])
    }
    # The links of the chain ask for nothing.
    reasons = {code for code, words in WORDS.items() if words.cure}

    assert listed == reasons
