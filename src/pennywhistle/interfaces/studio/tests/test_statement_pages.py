"""Statements in the browser, as CSV, and as the document that the verifier accepts."""

import csv
import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from typer import Exit

from builders import NOON, a_shelf, usd
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.parties.models import Membership, PartyIdentifier
from pennywhistle.apps.proof.log import the_log
from pennywhistle.engines.dsr import read_report
from pennywhistle.engines.tlog.verify import verify_statement
from pennywhistle.interfaces.console.verify import verify
from pennywhistle.interfaces.studio import statement_files
from pennywhistle.interfaces.studio.tests.studio_shop import a_delivery, a_dispute, sell_all
from pennywhistle.machine.paper import PangoMissingError

FIRST, LAST = "2026-11-01", "2026-11-30"


def address(name, supplier, first=FIRST, last=LAST):
    return reverse(name, args=[supplier.account.number, first, last])


def asked(supplier, **fields):
    return {
        "account": supplier.account.number,
        "period": "own",
        "first": FIRST,
        "last": LAST,
    } | fields


def test_a_statement_in_the_browser_is_the_ledgers_sum(ada, bob) -> None:
    sell_all(ada)
    sell_all(bob)

    answer = ada.client.get(reverse("studio-statements"), asked(ada))

    assert answer.context["statement"].earned == sum_of(ada.account) == usd("0.189")
    page = answer.content.decode()
    assert "$0.189000" in page
    assert the_log().verifier.to_text() in page.replace("&#x27;", "'").replace("&#43;", "+")
    assert "buyer-of" not in page
    assert "Copper Rain" not in page


def test_the_csv_adds_up_to_it(ada) -> None:
    sell_all(ada)

    answer = ada.client.get(address("studio-statement-csv", ada))

    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert sum(int(row["amount_micro"]) for row in rows) == sum_of(ada.account).micro
    assert answer["Content-Disposition"].startswith('attachment; filename="statement-')
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "buyer-of" not in text


def test_the_document_is_accepted_by_the_verifier_and_by_the_command(ada, tmp_path) -> None:
    sell_all(ada)

    answer = ada.client.get(address("studio-statement-json", ada))

    verdict = verify_statement(answer.content, keys=[the_log().verifier])
    assert verdict.passed
    assert verdict.totals_micro == {"USD": sum_of(ada.account).micro}
    file = tmp_path / "statement.json"
    file.write_bytes(answer.content)
    with pytest.raises(Exit) as ended:
        verify([file], key=[the_log().verifier.to_text()])
    assert ended.value.exit_code == 0


def test_every_file_says_the_ledgers_sum(ada, monkeypatch) -> None:
    sell_all(ada)
    printed = []
    monkeypatch.setattr(
        statement_files, "print_pdf", lambda html: printed.append(html) or b"%PDF-1.7"
    )

    answers = {
        name: ada.client.get(address(f"studio-statement-{name}", ada))
        for name in ("detail", "beancount", "pdf")
    }

    detail = b"".join(answers["detail"].streaming_content).decode()
    (total,) = [row for row in csv.DictReader(detail.splitlines()) if row["line"] == "total"]
    assert int(total["own_micro"]) == sum_of(ada.account).micro
    assert b"balance Assets:Store" in b"".join(answers["beancount"].streaming_content)
    assert answers["pdf"]["Content-Type"] == "application/pdf"
    assert "$0.189000" in printed[0]
    assert "buyer-of" not in printed[0] + detail
    page = ada.client.get(reverse("studio-statements"), asked(ada)).content.decode()
    assert all(address(f"studio-statement-{name}", ada) in page for name in answers)


def test_a_machine_without_pango_says_so(ada, monkeypatch) -> None:
    def refuse(html: str) -> bytes:
        raise PangoMissingError(html[:0])

    monkeypatch.setattr(statement_files, "print_pdf", refuse)

    answer = ada.client.get(address("studio-statement-pdf", ada))

    assert answer.status_code == 501
    assert "Pango" in answer.content.decode()


def test_a_changed_amount_makes_the_command_fail(ada, tmp_path) -> None:
    sell_all(ada)
    document = ada.client.get(address("studio-statement-json", ada)).content
    file = tmp_path / "statement.json"
    file.write_bytes(document.replace(b"63000", b"63001"))

    with pytest.raises(Exit) as ended:
        verify([file], key=[the_log().verifier.to_text()])

    assert ended.value.exit_code == 1


def test_days_without_a_page_have_no_document(ada) -> None:
    sell_all(ada)

    answer = ada.client.get(address("studio-statement-json", ada, "2025-01-01", "2025-01-31"))

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-30", "2026-11-01"), ("x", "y"), ("2026-13-01", "2026-13-02"), ("0001-01-01", LAST)],
)
def test_days_that_are_none_are_not_found(ada, first, last) -> None:
    for name in ("studio-statement-csv", "studio-statement-json"):
        assert ada.client.get(address(name, ada, first, last)).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"first": "2026-11-30", "last": "2026-11-01"},
        {"first": "", "last": ""},
        {"first": "yesterday"},
        {"period": "ever"},
        {"last": "9999-12-31"},
    ],
)
def test_a_period_that_is_none_is_told(ada, fields) -> None:
    answer = ada.client.get(reverse("studio-statements"), asked(ada, **fields))

    assert answer.status_code == 400
    assert answer.context["form"].errors


@pytest.mark.parametrize("before", ["-1", "x", "9" * 30, "1e5", "\u0661"])
def test_a_place_in_the_lines_that_is_none_is_the_beginning(ada, before) -> None:
    sell_all(ada)

    answer = ada.client.get(reverse("studio-statements"), asked(ada, before=before))

    assert len(answer.context["lines"]) == 3


def test_months_are_chosen_by_a_word(ada) -> None:
    for period in ("this", "last", ""):
        answer = ada.client.get(reverse("studio-statements"), {"period": period})
        assert answer.status_code == 200


def test_sales_look_again_by_themselves(ada) -> None:
    sell_all(ada)
    here = reverse("studio-sales")

    whole = ada.client.get(here, headers={"HX-Request": "true", "HX-Request-Type": "full"})
    part = ada.client.get(here, headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert part.content.count(b"on a page") == 3


def test_list_pages_take_the_same_queries_however_long_they_are(ada) -> None:
    pages = ["studio", "studio-releases", "studio-sales", "studio-statements", "studio-upload"]

    def count() -> list[int]:
        counts = []
        for name in pages:
            cache.clear()
            with CaptureQueriesContext(connection) as queries:
                assert ada.client.get(reverse(name)).status_code == 200
            counts.append(len(queries))
        return counts

    sell_all(ada)
    a_delivery(ada, content_digest="1" * 64)
    few = count()
    for number in range(4):
        shelf = a_shelf(f"More {number}")
        Release.objects.filter(pk=shelf.release.pk).update(supplier=ada.shelf.release.supplier)
        a_delivery(ada, content_digest=f"{number + 2}" * 64)
    many = count()

    assert many == few
    assert max(few) <= 27


def test_a_releases_page_takes_the_same_queries_for_any_number_of_tracks(ada) -> None:
    big = a_shelf("Big", track_count=12)
    Release.objects.filter(pk=big.release.pk).update(supplier=ada.shelf.release.supplier)
    counts = []
    for release in (ada.shelf.release, big.release):
        with CaptureQueriesContext(connection) as queries:
            answer = ada.client.get(reverse("studio-release", args=[release.public_id]))
            assert answer.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_older_releases_are_on_the_next_page(ada, monkeypatch) -> None:
    for module in ("apps.intake.supplied", "interfaces.studio.releases"):
        monkeypatch.setattr(f"pennywhistle.{module}.RELEASES_PER_PAGE", 2)
    for number in range(2):
        shelf = a_shelf(f"More {number}")
        Release.objects.filter(pk=shelf.release.pk).update(supplier=ada.shelf.release.supplier)

    first = ada.client.get(reverse("studio-releases"))
    second = ada.client.get(first.context["pager"]["next_url"])

    titles = [each["row"].title for page in (first, second) for each in page.context["rows"]]
    assert titles == ["More 1", "More 0", "Tin Weather"]
    assert not second.context["pager"]["next_url"]


def test_sales_are_told_as_they_happen_and_by_a_feed_of_ones_own(ada) -> None:
    # The page is of the last days, whenever that is.
    sell_all(ada, at=datetime.now(tz=UTC))
    url = f"{reverse('studio-sales')}?account={ada.account.number}"

    page = ada.client.get(url).content.decode()

    assert '<noscript><meta http-equiv="refresh"' in page
    for words in ("Tracks, sold by themselves", "In the shop", "By country, 30 days"):
        assert words in page
    made = ada.client.post(reverse("studio-sales-feed-new", args=[ada.account.number]))
    (address,) = re.findall(r"http[^<\"]+/sales/feeds/[\w-]+", made.content.decode())[:1]
    atom = Client().get(address)
    assert atom["X-Robots-Tag"] == "noindex"
    assert atom.content.decode().count("<entry>") == 3
    assert "$0.063000 · Track 1" in atom.content.decode()
    ada.client.post(reverse("studio-sales-feed-end", args=[ada.account.number]))
    assert Client().get(address).status_code == 404


def test_a_report_by_ddex_is_made_and_fetched_by_its_payee_alone(ada, bob, settings) -> None:
    sell_all(ada)
    settings.DPID = "PADPIDA2008120501W"
    make = address("studio-report-new", ada)
    refused = ada.client.post(make, follow=True)
    assert "DDEX Party ID" in refused.content.decode()
    PartyIdentifier.objects.create(
        party=ada.account.party, scheme="dpid", value="PADPIDA2014120301U"
    )

    page = ada.client.post(make, follow=True).content.decode()

    (url,) = set(re.findall(r'href="(/studio/reports/[0-9]+\.tsv)"', page))
    report = read_report(ada.client.get(url).content)
    assert sum(int(sold["NetUsage"]) for sold in report.sales) == 3
    assert bob.client.get(url).status_code == 404
    assert bob.client.post(make).status_code == 404


def test_what_is_held_over_ones_claims_is_told(ada) -> None:
    dispute = a_dispute(ada)
    held = open_account(
        kind=Account.Kind.HELD, currency="USD", code=f"claims:{dispute.subject}:US:2026"
    )
    store = open_account(kind=Account.Kind.STORE, currency="USD")
    amounts = [Amount(held.number, usd("0.07")), Amount(store.number, -usd("0.07"))]
    write_entry(kind=Entry.Kind.RELEASE, key="held", subject=held.number, amounts=amounts, now=NOON)

    page = ada.client.get(reverse("studio-sales")).content.decode()

    assert "Held over your claims" in page
    assert "$0.070000" in page
    assert reverse("studio-claim", args=[dispute.pk]) in page


def test_a_feed_ends_when_its_reader_leaves(ada) -> None:
    made = ada.client.post(reverse("studio-sales-feed-new", args=[ada.account.number]))
    (address,) = re.findall(r"http[^<\"]+/sales/feeds/[\w-]+", made.content.decode())[:1]
    assert Client().get(address).status_code == 200

    Membership.objects.filter(user=ada.user, party=ada.account.party).delete()

    assert Client().get(address).status_code == 404
