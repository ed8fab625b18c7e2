"""HTML printed as PDF, in a process of its own that reads nothing else and asks nobody.

WeasyPrint needs Pango, a library of the operating system that not every machine has; where it is
missing, `print_pdf` says so. The process ends at a limit of time, memory or size.
"""

from __future__ import annotations

import subprocess
import sys

seconds_max = 120
html_bytes_max = 16 << 20
pdf_bytes_max = 64 << 20
_NOT_HERE = 3
# -I keeps out what the environment would add. Pango is loaded with the module, and nowhere else: no
# process of the store waits for it, or fails for it.
_CHILD = f"""
import sys
sys.path[:] = sys.argv[1:]
try:
    from pennywhistle.machine import paper_child
except OSError:
    sys.exit({_NOT_HERE})
paper_child.main()
"""


class PaperError(Exception):
    """No PDF came of it."""

    code = "no-pdf"


class PangoMissingError(PaperError):
    """This machine has no Pango, which drawing text on paper needs."""

    code = "no-pango"


def print_pdf(html: str) -> bytes:
    """The pages as PDF. Nothing that the HTML names is fetched, neither files nor addresses.

    Raises:
        PangoMissingError: install Pango (Debian: libpango-1.0-0, libpangoft2-1.0-0).
        PaperError: it is too long, or took too much time or memory.
    """
    data = html.encode()
    if len(data) > html_bytes_max:
        raise PaperError("That is too long for paper.")
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-c", _CHILD, *sys.path],
            input=data,
            capture_output=True,
            timeout=seconds_max,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PaperError("Printing took too long.") from error
    if done.returncode == _NOT_HERE:
        raise PangoMissingError("This machine has no Pango, which PDF needs.")
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise PaperError("Printing failed.")
    if len(done.stdout) > pdf_bytes_max:
        raise PaperError("That is too long for paper.")
    return done.stdout
