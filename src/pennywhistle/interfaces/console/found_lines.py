"""What was found in a delivery's files, and which releases wait for it, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from pennywhistle.apps.intake.advance import advance_by_release
from pennywhistle.apps.intake.doubts.queries import UPHELD
from pennywhistle.apps.intake.doubts.showing import files_of
from pennywhistle.apps.intake.models import DeliveryFile
from pennywhistle.apps.media.evidence import heard_all
from pennywhistle.interfaces.common.judgement_words import number_text, words_of
from pennywhistle.kernel.counted import counted

if TYPE_CHECKING:
    from rich.console import Console

    from pennywhistle.apps.intake.doubts.queries import Standing
    from pennywhistle.apps.intake.models import Delivery
    from pennywhistle.apps.intake.report import Report
    from pennywhistle.engines.audio.judgement import Finding

_STYLES = {"serious": "bold red", "warning": "yellow", "note": "dim"}


def print_files(console: Console, delivery: Delivery) -> None:
    """A line for each finding: where, what, the number, and what to do. Paths are no markup."""
    good = delivery.files.filter(kind=DeliveryFile.Kind.AUDIO, state=DeliveryFile.State.GOOD)
    files = list(good.order_by("path").values_list("path", "sha256"))
    heard = heard_all(sha256 for _, sha256 in files)
    for path, sha256 in files:
        if (what := heard.get(sha256)) is not None:
            for finding in what.judgement.findings:
                console.print(_line(path, finding), soft_wrap=True)


def _line(path: str, finding: Finding) -> Text:
    words = words_of(finding.code)
    seen = f"{path}: {words.title} ({number_text(finding)})."
    return Text.assemble(
        (f"{finding.severity:8}", _STYLES[finding.severity]), seen, " ", (str(words.todo), "dim")
    )


def print_advance(console: Console, delivery: Delivery, report: Report) -> None:
    """Of each release, how many of its tracks passed, wait or were refused."""
    lines = files_of(delivery_id=delivery.pk, supplier_id=delivery.supplier_id)
    for each in advance_by_release(report, lines):
        counts = [f"{each.passed} of {counted(each.total, 'track')} passed"]
        counts += [f"{each.held} held back"] if each.held else []
        counts += [f"{each.refused} refused"] if each.refused else []
        console.print(Text(f"{each.title}: {', '.join(counts)}."), soft_wrap=True)


def print_held(console: Console, report: Report, standing: Standing) -> None:
    """Each release that waits or was refused, and why."""
    waits = False
    for index, holds in standing.held.items():
        release = report.releases[index]
        names = ", ".join(dict.fromkeys(str(words_of(hold.code).title) for hold in holds))
        is_refused = any(hold.state == UPHELD for hold in holds)
        waits = waits or not is_refused
        word = "Refused by the store" if is_refused else "Waits for the store's decision"
        line = f"{release.artist_line}: {release.title}. {word}: {names}."
        console.print(Text(line, style="yellow"), soft_wrap=True)
    if waits:
        console.print("Answer in the studio. After the decision, run this again to publish.")
    elif standing.held:
        console.print("The reasons are in the studio.")
