"""Clearance of a whole store: an album live, availability of everything, one label's mandate.

8,000 releases of one label with 100,000 recordings, and some of others, on a durable database of
their own: each recording has a work by a writer and a publisher, whom two societies license for
under a tariff each, one of them for the United States; 27 countries tax. `album_live_ms_p99`: an
album is read in one query and cleared with its twelve or thirteen tracks, another one each time.
`materialize_1m_s` is what `pennywhistle availability --rebuild` takes, in proportion to the items;
`materialize_peak_mb` its memory. `mandate_change_100k_s`: from the moment in which the label's
mandate is withdrawn until availability shows none of its items, while a client buys others'.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from store import a_bench_store, report

sys.path.append(str(Path(__file__).parent.parent / "tests"))

CATALOG = Path(__file__).parent / "clearance_catalog.sql"
RELEASES, OTHERS = 8_000, 400
ALBUMS, RELEASES_PER_STEP = 400, 50
DISTRIBUTOR, SOCIETY, US_SOCIETY, BIG = 1, 2, 3, 4
LABELS, PUBLISHERS, WRITERS = 20, 50, 200
PUBLISHERS_FROM, WRITERS_FROM = BIG + LABELS + 1, BIG + LABELS + PUBLISHERS + 1
TAXED = {
    **dict.fromkeys(("DE", "CY"), 19), **dict.fromkeys(("FR", "AT", "BG", "SK"), 20),
    **dict.fromkeys(("ES", "NL", "BE", "LV", "LT", "CZ"), 21), **dict.fromkeys(("IT", "SI"), 22),
    **dict.fromkeys(("IE", "PL", "PT"), 23), **dict.fromkeys(("EE", "GR"), 24),
    **dict.fromkeys(("SE", "DK", "HR"), 25), "HU": 27, "LU": 17, "MT": 18, "RO": 19, "FI": 26,
}  # fmt: skip


def now() -> datetime:
    """The instant."""
    return datetime.now(tz=UTC)


def main() -> None:
    """Fill, clear, rebuild and change; then print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--releases", type=int, default=RELEASES, help="of the one label")
    report("availability", at_scale(options.parse_args().releases))


def at_scale(releases: int = RELEASES) -> dict[str, float]:
    """All figures of a store with so many releases of one label."""
    with a_bench_store():
        began = time.perf_counter()
        fill(releases)
        print(f"The catalog is in after {time.perf_counter() - began:.1f} s")
        return {**albums(releases), **rebuild(), **mandate_change(releases)}


def fill(releases: int) -> None:
    """The parties and their dealings by the store's own actions, the catalog in SQL."""
    from django.db import connection, transaction

    from builders import a_buyer, a_store
    from pennywhistle.apps.ledger.actions import open_account
    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.parties.models import Party
    from pennywhistle.kernel.territories import Territories

    a_store(currency="EUR")
    a_buyer(balance="0.00")
    last = WRITERS_FROM + WRITERS
    Party.objects.bulk_create(
        Party(id=number, name=f"Party {number}", slug=f"party-{number}")
        for number in range(1, last)
    )
    for number in range(BIG, last):
        open_account(kind=Account.Kind.PAYEE, currency="EUR", party_id=number)
    deal()
    wanted = {
        "big": BIG, "big_releases": releases, "labels": LABELS,
        "publishers_from": PUBLISHERS_FROM, "publishers": PUBLISHERS,
        "writers_from": WRITERS_FROM, "writers": WRITERS, "distributor": DISTRIBUTOR,
        "worldwide": Territories.worldwide().digest,
    }  # fmt: skip
    statements = CATALOG.read_text(encoding="utf-8").split(";\n")
    # A share that is recorded takes a lock, and there are only so many in one transaction.
    for first in range(1, releases + OTHERS + 1, RELEASES_PER_STEP):
        step = {"first": first, "last": min(first + RELEASES_PER_STEP - 1, releases + OTHERS)}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, wanted | step)
    with connection.cursor() as cursor:
        # What was filled in is measured as a rebuild, not as so many changes.
        cursor.execute("DELETE FROM rights_change")
        cursor.execute("VACUUM (ANALYZE)")


def deal() -> None:
    """Mandates of labels, writers and publishers; licenses; taxes; the distributor's agreement."""
    from pennywhistle.apps.rights import actions
    from pennywhistle.apps.taxes.actions import set_tax_rate
    from pennywhistle.engines.clearance.facts import US_TERRITORIES
    from pennywhistle.engines.clearance.tariff import Tariff
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

    at, always, everywhere = now(), Period.always(), Territories.worldwide()
    works = ("MECH", "MAKING_AVAILABLE")

    def mandate(giver: int, holder: int, rights: tuple[str, ...], where: Territories) -> None:
        terms = actions.MandateTerms(giver, holder, rights, where, always)
        actions.record_mandate(terms=terms, now=at)

    for label in range(BIG, BIG + LABELS + 1):
        mandate(label, DISTRIBUTOR, ("MASTER",), everywhere)
    for writer in range(PUBLISHERS_FROM, WRITERS_FROM + WRITERS):
        mandate(writer, SOCIETY, works, everywhere)
    mandate(SOCIETY, US_SOCIETY, works, US_TERRITORIES)
    for licensor, where, percent in (
        (SOCIETY, everywhere - US_TERRITORIES, 8),
        (US_SOCIETY, US_TERRITORIES, 10),
    ):
        tariff = actions.record_tariff(licensor_id=licensor, name=f"Tariff {licensor}", now=at)
        rule = Tariff(
            0, tariff.name, "EUR", percent=Fraction(percent, 100), track_minimum_micro=70_000
        )
        line = actions.LineTerms(rule, always, "Made for measuring.")
        actions.record_tariff_line(tariff_id=tariff.pk, terms=line, now=at)
        terms = actions.LicenseTerms(licensor, where, always, tariff_id=tariff.pk)
        actions.record_license(terms=terms, now=at)
    actions.record_agreement(supplier_id=DISTRIBUTOR, valid=always, us_source="blanket", now=at)
    for code, percent in TAXED.items():
        set_tax_rate(
            territory=code, rate=Fraction(percent, 100), valid=always, source="Law.", now=at
        )


def albums(releases: int) -> dict[str, float]:
    """Albums with their tracks, each read and cleared for the first time."""
    from pennywhistle.apps.rights.queries import everything_of, store_terms
    from pennywhistle.engines.clearance import clear

    at, terms, took_ms = now(), store_terms(), []
    question = terms.question(territory="FR", at=at, tax_rate=Fraction(1, 5))
    step = max(1, releases // ALBUMS)
    for release_id in range(1, releases + 1, step):
        began = time.perf_counter()
        verdicts = [
            clear(item, question) for item in everything_of(release_id=release_id, at=at).values()
        ]
        took_ms.append((time.perf_counter() - began) * 1_000)
        assert all(verdict.allowed for verdict in verdicts), verdicts[0].reasons
    took_ms = sorted(took_ms[3:])  # the first ones prepare statements
    print(f"{len(took_ms)} albums; the median is {statistics.median(took_ms):.2f} ms")
    return {"album_live_ms_p99": took_ms[len(took_ms) * 99 // 100]}


def rebuild() -> dict[str, float]:
    """Everything, as the operator's command does it; in proportion to a million items."""
    from pennywhistle.apps.rights.models import Availability

    began = time.perf_counter()
    command = [sys.executable, "-m", "pennywhistle", "availability", "--rebuild"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took_s = time.perf_counter() - began
    assert process.returncode == 0
    items = Availability.objects.count()
    per_1m_s = took_s / items * 1_000_000
    print(
        f"{items} items took {took_s:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of them the"
        f" program's own): {took_s:.1f} / {items} x 1,000,000 = {per_1m_s:.0f} s"
    )
    return {"materialize_1m_s": per_1m_s, "materialize_peak_mb": used.ru_maxrss / 1024}


def mandate_change(releases: int) -> dict[str, float]:
    """The label's mandate goes, under the eyes of the keeper, while a client buys."""
    from pennywhistle.apps.rights import actions
    from pennywhistle.apps.rights.models import Availability, Mandate

    mine = Availability.objects.filter(release__lte=releases)
    recordings = mine.filter(track__isnull=False).count()
    with keeping(), buying(releases + 1) as bought:
        time.sleep(2)
        mandate = Mandate.objects.open().get(from_party=BIG)
        began = time.perf_counter()
        actions.close_mandate(mandate_id=mandate.pk, now=now())
        assert not may_buy(1)
        while mine.exists():
            assert time.perf_counter() - began < 600, "the keeper does not get on"
            time.sleep(0.1)
        took_s = time.perf_counter() - began
    print(f"{recordings} recordings took {took_s:.1f} s; meanwhile {bought[0]} sales went through")
    return {"mandate_change_100k_s": took_s / recordings * 100_000}


def may_buy(release_id: int) -> bool:
    """Whether the checkout would sell a release now."""
    from pennywhistle.apps.rights.queries import ItemRef, items_for, store_terms
    from pennywhistle.engines.clearance import clear

    ref, at = ItemRef(release_id), now()
    return clear(
        items_for([ref], at=at)[ref], store_terms().question(territory="FR", at=at)
    ).allowed


@contextmanager
def keeping() -> Iterator[None]:
    """The keeper, as a store runs it."""
    keeper = subprocess.Popen([sys.executable, "-m", "pennywhistle", "keeper"])
    try:
        yield
    finally:
        keeper.terminate()
        keeper.wait(30)


@contextmanager
def buying(first_release: int) -> Iterator[list[int]]:
    """A client that buys the others' releases; the one number is how many it has bought."""
    from django.db import connection

    from builders import a_buyer
    from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
    from pennywhistle.apps.ledger.models import Account, Entry
    from pennywhistle.apps.orders.actions import check_out
    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

    buyer = a_buyer("client@example.org", balance="0.00")
    mine = open_account(kind=Account.Kind.BALANCE, currency="EUR", user_id=buyer.pk)
    paid_in = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="fakepay")
    worth = Money(OTHERS * 9_990_000, "EUR")
    amounts = [Amount(mine.number, worth), Amount(paid_in.number, -worth)]
    write_entry(
        kind=Entry.Kind.TOP_UP, key="bench", subject=mine.number, amounts=amounts, now=now()
    )
    bought, stopping = [0], threading.Event()

    def buy() -> None:
        for number in range(OTHERS):
            if stopping.wait(0.1):
                break
            check_out(
                buyer_id=buyer.pk, wanted=[ItemRef(first_release + number)], territory="FR",
                shown=Money(9_990_000, "EUR"), key=f"bench-{number}", now=now(),
            )  # fmt: skip
            bought[0] += 1
        connection.close()

    client = threading.Thread(target=buy)
    client.start()
    try:
        yield bought
    finally:
        stopping.set()
        client.join()


if __name__ == "__main__":
    main()
