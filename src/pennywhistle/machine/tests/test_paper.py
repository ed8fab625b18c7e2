"""Paper: a PDF comes of HTML, nothing is fetched for it, and its size is bounded."""

import re
import subprocess
import sys
import zlib

import pytest

from pennywhistle.machine import paper
from pennywhistle.machine.paper import PangoMissingError, PaperError, print_pdf

_HAS_PANGO = not subprocess.run(
    [sys.executable, "-c", "import weasyprint"], check=False, capture_output=True
).returncode


def test_a_page_is_printed_and_what_it_names_is_not_fetched(tmp_path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("@page { size: 10mm 10mm }")
    named = (
        f'<link rel="stylesheet" href="{secret.as_uri()}"><img src="http://127.0.0.1/x.png">'
        f'<link rel="attachment" href="{secret.as_uri()}">'
    )
    if not _HAS_PANGO:
        with pytest.raises(PangoMissingError):
            print_pdf("<p>Statement</p>")
        pytest.skip("This machine has no Pango.")

    pdf = print_pdf(f"<html><head>{named}</head><body><p>Statement</p></body></html>")

    assert pdf.startswith(b"%PDF-")
    assert b"/EmbeddedFile" not in pdf
    # A page of A4, so the style sheet was not read.
    streams = re.findall(rb"FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", pdf, re.DOTALL)
    assert b"/MediaBox [0 0 595" in b"".join(zlib.decompress(each) for each in streams)


def test_what_is_too_long_for_paper_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(paper, "html_bytes_max", 10)

    with pytest.raises(PaperError):
        print_pdf("<p>Much too long</p>")
