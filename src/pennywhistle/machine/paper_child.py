"""The process that prints: standard input, HTML; standard output, PDF."""

import resource
import sys

from weasyprint import HTML
from weasyprint.urls import URLFetcher

cpu_seconds = 100
memory_bytes_max = 2 << 30


def main() -> None:
    """Print what comes in; whatever it names is not fetched."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes_max, memory_bytes_max))
    page = HTML(
        string=sys.stdin.buffer.read().decode(), url_fetcher=URLFetcher(allowed_protocols=())
    )
    sys.stdout.buffer.write(page.write_pdf())
