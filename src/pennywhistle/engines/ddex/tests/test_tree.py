"""Hostile bytes are refused before they cost anything (faults 13 and 14)."""

import subprocess
import sys
from pathlib import Path

import pytest

from bounded import bounded_work
from ern_messages import Built, wrap
from pennywhistle.engines.ddex import Limits, MessageRefusedError, read_message

HOSTILE = Path(__file__).parents[6] / "shared" / "ddex" / "hostile"
DOCTYPES = {
    "plain": b"<!DOCTYPE a><a/>",
    "after a declaration": b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
    "after a comment": b"<!-- <a> --><!DOCTYPE a><a/>",
    "after an instruction": b"<?go <a> ?>\n<!DOCTYPE a><a/>",
    "after a mark of order": b'\xef\xbb\xbf<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "entity": b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
    "parameter": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><a/>',
}


def refused(data: bytes, limits: Limits | None = None) -> str:
    with bounded_work(), pytest.raises(MessageRefusedError) as refusal:
        read_message(data, limits or Limits())
    return refusal.value.code


@pytest.mark.parametrize("data", DOCTYPES.values(), ids=DOCTYPES.keys())
def test_any_document_type_is_refused(data: bytes) -> None:
    assert refused(data) == "doctype"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp500"])
def test_an_encoding_in_which_a_document_type_could_hide_is_refused(encoding: str) -> None:
    text = "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"

    assert refused(text.encode(encoding)) in {"encoding", "not-xml"}


def test_a_declared_seven_bit_disguise_is_refused() -> None:
    data = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-'

    assert refused(data) == "encoding"


def test_size_is_looked_at_first() -> None:
    data = b"<" * 2_000_001

    assert refused(data, Limits(bytes_max=2_000_000)) == "too-large"


def test_a_flood_of_small_elements_is_refused_by_counting_them() -> None:
    assert refused(wrap("<a/>" * 600_000)) == "too-many-parts"


def test_a_flood_of_attributes_is_refused_by_counting_them() -> None:
    attributes = b" ".join(b"a%d=''" % number for number in range(300_000))

    assert refused(b"<a " + attributes + b"/>") == "too-many-parts"


@pytest.mark.parametrize("depth", [65, 300, 100_000])
def test_depth_is_bounded(depth: int) -> None:
    assert refused(wrap("<a>" * depth + "</a>" * depth)) == "too-deep"


@pytest.mark.parametrize(
    "data", [b"", b" ", b"<", b"<a>", b"\x00" * 50, b"%PDF-1.4", b"<a>&undeclared;</a>", b"{}"]
)
def test_what_is_not_xml_is_refused(data: bytes) -> None:
    assert refused(data) in {"not-xml", "encoding"}


def test_a_comment_in_a_value_does_not_hide_half_of_it() -> None:
    data = Built().bytes().replace(b"2026-01-02", b"2026<!-- 1999-01-01 -->-01-02")

    message = read_message(data)

    assert message == read_message(Built().bytes())


def test_an_element_of_another_namespace_is_not_taken_for_one_of_ddex() -> None:
    extra = {"message": '<x:UpdateIndicator xmlns:x="urn:x">OriginalMessage</x:UpdateIndicator>'}

    envelope = read_message(Built(extra=extra).bytes()).envelope

    (listed,) = envelope.not_kept
    assert listed.path == "/NewReleaseMessage/{urn:x}UpdateIndicator"


def test_hostile_files_cost_less_than_100_mb() -> None:
    if not HOSTILE.is_dir():
        pytest.skip("The collection of hostile messages is not here (../shared/ddex/hostile)")
    files = sorted(str(path) for path in HOSTILE.iterdir())
    assert len(files) >= 2

    for file in files:
        assert refused(Path(file).read_bytes()) in {"doctype", "too-deep", "not-xml"}
    if not Path("/proc/self/status").exists():
        pytest.skip("The peak of a process is read from /proc, which this system does not have")
    peak_kb = subprocess.run(
        [sys.executable, "-c", _READ_ALL, *files], check=True, capture_output=True, text=True
    ).stdout
    assert int(peak_kb) < 100 * 1024


# VmHWM is the process's own peak; ru_maxrss would start with the parent's.
_READ_ALL = """
import re, sys
from pathlib import Path
from pennywhistle.engines.ddex import MessageRefusedError, read_message
for name in sys.argv[1:]:
    try:
        read_message(Path(name).read_bytes())
        raise SystemExit("accepted " + name)
    except MessageRefusedError:
        pass
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
