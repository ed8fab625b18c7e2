"""Rates of tax, and documents on file."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pennywhistle.apps.rights.models import Evidence
from pennywhistle.apps.taxes.models import TaxRate

RATE = {"territory": "de", "rate": "19", "first_day": "2026-01-01", "source": "§ 12 UStG"}


def test_a_rate_is_recorded_once_and_listed(office) -> None:
    address = reverse("office-tax-new")
    assert office.get(address).status_code == 200

    for _ in range(2):
        assert office.post(address, RATE).status_code == 302

    assert TaxRate.objects.get().rate == Fraction(19, 100)
    text = office.get(reverse("office-taxes")).content.decode()
    assert "Germany" in text
    assert "19 %" in text


def test_a_new_rate_closes_the_old_one_and_both_are_readable(office) -> None:
    office.post(reverse("office-tax-new"), RATE)
    office.post(reverse("office-tax-new"), {**RATE, "rate": "7"})

    text = office.get(reverse("office-taxes")).content.decode()

    assert TaxRate.objects.open().get().rate == Fraction(7, 100)
    assert "What was believed before" in text
    assert "19 %" in text


def test_nothing_is_a_rate_too(office) -> None:
    assert office.post(reverse("office-tax-new"), {**RATE, "rate": "0"}).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"territory": "XX"}, "territory"),
        ({"rate": "200"}, "rate"),
        ({"rate": "19 percent"}, "rate"),
        ({"source": " "}, "source"),
        ({"last_day": "2025-01-01"}, "last_day"),
    ],
)
def test_a_slip_in_a_rate_is_told(office, change, field) -> None:
    answer = office.post(reverse("office-tax-new"), {**RATE, **change})

    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not TaxRate.objects.exists()


def test_a_document_is_filed_once_and_comes_back_as_it_was(office, operator, buyer) -> None:
    for _ in range(2):
        answer = office.post(
            reverse("office-document-new"),
            {
                "title": "Contract/2026",
                "document": SimpleUploadedFile("c.html", b"<script>", "text/html"),
            },
        )
        assert answer.status_code == 302

    evidence = Evidence.objects.get()
    assert (evidence.title, evidence.recorded_by) == ("Contract/2026", operator)
    assert "Contract/2026" in office.get(reverse("office-documents")).content.decode()
    address = reverse("office-document", args=[evidence.sha256])
    saved = office.get(address)
    assert b"".join(saved.streaming_content) == b"<script>"
    # It is saved and never shown: a stranger wrote it.
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["Content-Type"] == "application/octet-stream"
    assert "/" not in saved["Content-Disposition"].partition("filename")[2]
    assert buyer.get(address).status_code == 404


def test_a_document_that_is_not_there_is_not_found(office) -> None:
    assert office.get(reverse("office-document", args=["0" * 64])).status_code == 404


def test_an_empty_document_is_refused(office) -> None:
    answer = office.post(
        reverse("office-document-new"),
        {"title": "Nothing", "document": SimpleUploadedFile("n.txt", b"")},
    )

    assert answer.status_code == 400
    assert not Evidence.objects.exists()
