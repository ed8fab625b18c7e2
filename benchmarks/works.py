"""Taking in a CWR file: works a second from the file to the register, and the memory it takes."""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from store import a_bench_store, report

from pennywhistle.engines.works.tests import cwr_files

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLISHERS, WRITERS = 200, 5_000
SOCIETIES = ("035", "044", "052", "058", "080")


def main() -> None:
    """Write a file, check it, record it, record the next one like it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--works", type=int, default=10_000)
    asked = options.parse_args()
    with TemporaryDirectory() as folder, a_bench_store():
        first, again = Path(folder) / "first.V21", Path(folder) / "again.V21"
        write_file(first, asked.works, revision=0)
        write_file(again, asked.works, revision=1)
        report("works", take_in(first, again, asked.works))


def take_in(first: Path, again: Path, works: int) -> dict[str, float]:
    """Seconds of the check and of recording, for new works and for the same ones revised."""
    from pennywhistle.apps.intake.actions import import_works
    from pennywhistle.apps.parties.actions import ensure_party, identify_party

    submitter = ensure_party(name="Publisher 0", kind="organization")
    for number in SOCIETIES:
        society = ensure_party(name=f"Society {number}", kind="organization")
        identify_party(party_id=society.pk, scheme="cisac", text=number)
    before_mb = peak_mb()
    figures: dict[str, float] = {"file_mb": first.stat().st_size / 1e6}
    for name, file in (("new", first), ("revised", again)):
        started, cpu = time.perf_counter(), time.process_time()
        import_works(data=file, submitter_id=submitter.pk, now=NOW, is_check=True)
        checked = time.perf_counter()
        told = import_works(data=file, submitter_id=submitter.pk, now=NOW)
        recorded = time.perf_counter()
        assert told.works == works, told
        assert not told.of("error"), told.remarks
        figures[f"{name}_check_s"] = checked - started
        figures[f"{name}_record_s"] = recorded - checked
        figures[f"{name}_works_per_s"] = works / (recorded - started)
        # What the program takes of a core by itself, however busy the machine is.
        figures[f"{name}_cpu_ms_per_work"] = (time.process_time() - cpu) * 1000 / works
    return figures | {"peak_mb": peak_mb(), "peak_mb_before": before_mb}


def peak_mb() -> float:
    """The most memory that this process has had; the database has its own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_file(path: Path, works: int, *, revision: int) -> None:
    """A publisher's file: each work has two writers, a publisher and a sub-publisher in Germany."""
    kind = "REV" if revision else "NWR"
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        header = cwr_files.CwrFile().lines()[0]
        file.write(header + "\n")
        file.write(f"GRH{kind}0000102.100000000000  \n")
        records = 1
        for number in range(works):
            for place, (record, body) in enumerate(a_work(number, kind, revision)):
                file.write(f"{record}{number:08}{place:08}{body}\n")
                records += 1
        file.write(f"GRT00001{works:08}{records + 1:08}\n")
        file.write(f"TRL00001{works:08}{records + 3:08}\n")


def a_work(number: int, kind: str, revision: int) -> list[cwr_files.Detail]:
    """One transaction; a revision moves a tenth of the performing right between the writers."""
    publisher, more = number % PUBLISHERS, 500 * revision
    chain = {"number": f"P{publisher}", "name": f"PUBLISHER {publisher}", "ipi": ipi(publisher)}
    sub = {"number": f"S{publisher % 20}", "name": f"SUB {publisher % 20}", "role": "SE", "ipi": ""}
    writers = [(number * 7) % WRITERS, (number * 7 + 1 + number // WRITERS) % WRITERS]
    details = [
        cwr_files.work(f"SONG {number}", kind=kind, number=f"W{number}", iswc=""),
        cwr_files.publisher(**chain),
        cwr_files.publisher_territory(number=chain["number"]),
        cwr_files.publisher_territory((0, 0, 0), "276", "E", number=chain["number"], place=2),
        cwr_files.publisher((0, 0, 0), societies=("035", "035", ""), **sub),
        cwr_files.publisher_territory((5000, 10000, 10000), "276", number=sub["number"]),
    ]
    for writer, share in zip(writers, (2500 + more, 2500 - more), strict=True):
        told = {"number": f"A{writer}"}
        details += [
            cwr_files.writer(
                (share, 0, 0),
                name=f"WRITER {writer}",
                ipi=ipi(1_000_000 + writer),
                societies=(SOCIETIES[writer % 5], SOCIETIES[writer % 5], ""),
                **told,
            ),
            cwr_files.writer_territory((share, 0, 0), **told),
            cwr_files.link(chain["number"], told["number"]),
        ]
    return [*details, cwr_files.recording(f"QZAAA26{number:05}")]


def ipi(number: int) -> str:
    """An IPI name number with the check digits that belong to it."""
    digits = f"{number:09}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = (101 - total % 101) % 100
    return f"{digits}{check:02}"


if __name__ == "__main__":
    main()
