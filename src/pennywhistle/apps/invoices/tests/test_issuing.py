"""Documents are numbered without a gap, say what was paid, and never change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from lxml import etree

from builders import NOON, a_user
from pennywhistle.apps.invoices import recording
from pennywhistle.apps.invoices.content import Content
from pennywhistle.apps.invoices.doubting import decide_place
from pennywhistle.apps.invoices.issuing import invoice_of_order, issue, issue_due
from pennywhistle.apps.invoices.models import Document, Due, PlaceDoubt, Series, Supply
from pennywhistle.apps.invoices.xml import xml_of
from pennywhistle.apps.proof.work import order_waiting
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.engines.tax import ClueKind
from taxed_shop import Purchases, a_taxed_store, confirm_business, issue_all, read_all
from threads import at_once

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def contents() -> dict[str, Content]:
    return {each.code: Content.from_json(each.content) for each in Document.objects.order_by("id")}


def xml(document: Document) -> etree._Element:
    content = Content.from_json(document.content)
    return etree.fromstring(xml_of(content, code=document.code))


def texts(document: Document, tag: str) -> list[str | None]:
    return [each.text for each in xml(document).iter(f"{RAM}{tag}")]


@pytest.mark.django_db
def test_an_order_becomes_one_invoice_in_cents() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    order_id = buyer.buy(1, 2, price="1.20")

    issue_all()

    ((code, content),) = contents().items()
    assert code == "R-2026-000001"
    assert (content.net, content.tax, content.total, content.paid) == (200, 40, 240, 240)
    assert [line.net for line in content.lines] == [100, 100]
    assert (content.rounding, content.unshown_micro) == (0, 0)
    assert content.reference == str(order_id)
    assert not Due.objects.exists()
    assert issue_due(now=NOON) == 0


@pytest.mark.django_db
def test_what_cents_cannot_say_is_said_beside_them() -> None:
    buyer = Purchases(a_taxed_store(track_price="0.142857"))
    buyer.buy(1, price="0.142857")

    issue_all()

    (content,) = contents().values()
    assert (content.net, content.tax, content.total, content.paid) == (12, 2, 14, 14)
    assert content.unshown_micro == 2_857


@pytest.mark.django_db
def test_numbers_follow_each_other_and_begin_anew_each_year_where_the_seller_is() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    issue_all()
    buyer.buy(2)
    issue_all(datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    buyer.buy(3)
    issue_all(datetime(2026, 12, 31, 23, 0, tzinfo=UTC))

    assert list(contents()) == ["R-2026-000001", "R-2026-000002", "R-2027-000001"]


@pytest.mark.django_db
def test_credit_notes_take_back_an_invoice_to_the_cent_whatever_their_order() -> None:
    # Three lines of 0.14 at a fifth: 0.35 and 0.07 of tax, in which no line is a third.
    buyer = Purchases(a_taxed_store(track_price="0.145"))
    order_id = buyer.buy(1, 2, 3, price="0.145")
    issue_all()
    for place in (1, 2, 0):
        buyer.refund(order_id, place)
        issue_all()

    invoice, *notes = contents().values()
    assert [note.kind for note in notes] == ["credit_note"] * 3
    assert all(note.corrects == "R-2026-000001" for note in notes)
    for name in ("net", "tax", "total", "paid", "rounding", "unshown_micro"):
        assert sum(getattr(note, name) for note in notes) == getattr(invoice, name), name
    assert [document.code for document in Document.objects.filter(kind="credit_note")] == [
        f"C-2026-00000{number}" for number in (1, 2, 3)
    ]
    for note in notes:
        assert sum(line.net for line in note.lines) == note.net


@pytest.mark.django_db
def test_a_sale_that_belongs_elsewhere_is_credited_and_invoiced_anew() -> None:
    buyer, operator = Purchases(a_taxed_store(track_price="1.20")), a_user("op@example.org")
    for kind in (ClueKind.PAYMENT, ClueKind.NETWORK):
        note_clue(user_id=buyer.user.pk, kind=kind, country="FI", source="a test", now=NOON)
    order_id = buyer.buy(1, 2, price="1.20")
    issue_all()
    decide_place(
        doubt_id=PlaceDoubt.objects.get().pk,
        country="FI",
        reason="A bill.",
        operator_id=operator.pk,
        now=NOON,
    )
    issue_all()
    buyer.refund(order_id)
    issue_all()

    found = [
        (code, content.corrects, content.net, content.tax)
        for code, content in sorted(contents().items())
    ]
    assert [each for each in found if each[0].startswith("R")] == [
        ("R-2026-000001", "", 200, 40),
        ("R-2026-000002", "", 96, 24),
        ("R-2026-000003", "", 96, 24),
    ]
    notes = {code: (net, tax) for code, corrects, net, tax in found if corrects}
    assert notes == {
        "C-2026-000001": (100, 20),
        "C-2026-000002": (100, 20),
        "C-2026-000003": (96, 24),
    }


@pytest.mark.django_db
def test_an_invoice_is_a_valid_document_of_the_standard() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    buyer.buy(1, 2, price="1.20")
    issue_all()
    document = Document.objects.get()

    assert texts(document, "TypeCode")[0] == "380"
    assert texts(document, "GrandTotalAmount") == ["2.40"]
    assert texts(document, "TaxTotalAmount") == ["0.40"]
    assert texts(document, "DuePayableAmount") == ["0.00"]
    assert texts(document, "RateApplicablePercent") == ["20", "20", "20"]
    assert set(texts(document, "CategoryCode")) == {"S"}
    assert "DE136695976" in texts(document, "ID")


@pytest.mark.django_db
def test_a_business_gets_an_invoice_without_tax_that_says_why() -> None:
    buyer = Purchases(a_taxed_store(track_price="1.20"))
    confirm_business(buyer.user)
    buyer.buy(1, price="1.20")
    issue_all()
    document = Document.objects.get()

    content = Content.from_json(document.content)
    assert (content.net, content.tax, content.paid) == (100, 0, 100)
    assert content.buyer.name == "Maison Tilleul"
    assert content.buyer.vat_number == "FR61954506077"
    assert set(texts(document, "CategoryCode")) == {"AE"}
    assert texts(document, "ExemptionReasonCode") == ["VATEX-EU-AE"]
    assert {"DE136695976", "FR61954506077"} <= set(texts(document, "ID"))


@pytest.mark.django_db
def test_outside_the_tax_the_document_is_valid_too() -> None:
    buyer = Purchases(a_taxed_store(), country="US")
    order_id = buyer.buy(1)
    issue_all()
    buyer.refund(order_id)
    issue_all()

    for document, kind in zip(Document.objects.order_by("id"), ("380", "381"), strict=True):
        assert texts(document, "TypeCode")[0] == kind
        assert set(texts(document, "CategoryCode")) == {"O"}
        assert texts(document, "RateApplicablePercent") == []
        # BR-O-02 forbids its VAT number, and BR-CO-26 wants an identifier all the same.
        seller = next(xml(document).iter(f"{RAM}SellerTradeParty"))
        assert seller.findtext(f"{RAM}ID") == "DE136695976"
        assert not [each for each in seller.iter(f"{RAM}ID") if each.get("schemeID") == "VA"]


@pytest.mark.django_db
def test_an_invoice_that_is_asked_for_is_issued_at_once_and_once() -> None:
    buyer = Purchases(a_taxed_store())
    order_id = buyer.buy(1)

    assert invoice_of_order(order_id=order_id, now=NOON) is None
    while order_waiting():
        pass
    first = invoice_of_order(order_id=order_id, now=NOON)

    assert first is not None
    assert invoice_of_order(order_id=order_id, now=NOON) == first
    assert invoice_of_order(order_id=uuid4(), now=NOON) is None


@pytest.mark.django_db
def test_an_order_of_which_the_log_was_read_in_part_waits(monkeypatch) -> None:
    monkeypatch.setattr(recording, "batch_entries_max", 1)
    buyer = Purchases(a_taxed_store())
    buyer.buy(1, 2)
    while order_waiting():
        pass
    while not Supply.objects.exists():
        recording.record_supplies(now=NOON)

    assert issue_due(now=NOON) == 0
    while recording.record_supplies(now=NOON):
        pass
    assert issue_due(now=NOON) == 1
    assert len(next(iter(contents().values())).lines) == 2


@pytest.mark.django_db(transaction=True)
def test_invoices_that_are_asked_for_at_once_are_numbered_without_a_gap() -> None:
    shelf = a_taxed_store()
    orders = []
    for place in range(3):
        buyer = Purchases(shelf, email=f"buyer{place}@example.org")
        orders += [buyer.buy(number) for number in (1, 2, 3)]
    read_all()

    # Each is asked for twice.
    answers = at_once(18, lambda number: invoice_of_order(order_id=orders[number % 9], now=NOON))

    assert all(isinstance(answer, Document) for answer in answers), answers
    numbers = Document.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 10))


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_while_numbering_leaves_no_gap() -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    buyer.buy(2)
    read_all()
    first, second = Due.objects.order_by("pk").values_list("pk", flat=True)

    def die() -> None:
        with transaction.atomic():
            assert issue(due_id=first, now=NOON) is not None
            with connection.cursor() as cursor:
                # As after kill -9: the server ends the session, and nothing of it stays.
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    (error,) = at_once(1, lambda _: die())
    assert isinstance(error, Exception)

    assert issue(due_id=second, now=NOON).number == 1
    assert issue(due_id=first, now=NOON).number == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE invoices_document SET number = 7", "written once"),
        ("DELETE FROM invoices_document", "written once"),
        ("UPDATE invoices_series SET last_number = last_number + 1", "in no other way"),
        ("UPDATE invoices_series SET last_number = 0", "in no other way"),
        ("DELETE FROM invoices_series", "written once"),
        (
            "INSERT INTO invoices_series (kind, year, last_number) VALUES ('invoice', 2030, 5)",
            "before its first number",
        ),
    ],
)
def test_the_database_keeps_documents_and_their_numbers(statement: str, message: str) -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    issue_all()

    with (
        pytest.raises(IntegrityError, match=message),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3, 0, -1])
def test_the_database_refuses_a_number_that_does_not_follow(number: int) -> None:
    buyer = Purchases(a_taxed_store())
    buyer.buy(1)
    issue_all()
    series = Series.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(
            series=series,
            number=number,
            code=f"R-2026-X{number}",
            kind="invoice",
            subject="order:x",
            user=buyer.user,
            issued_at=NOON,
            content={},
        )
    assert Series.objects.get().last_number == 1
