"""Processors that calculate alike have one name, others another."""

import pytest

from pennywhistle.machine.processor import kind_of, processor_kind

ONE = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 85
cpu MHz\t\t: 2000.000
flags\t\t: fpu sse sse2 avx avx2 fma rdrand
"""
SYSTEM = ("x86_64", "glibc", "2.36")


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("2000.000", "2700.123"),
        ONE.replace("rdrand", "rdrand ibrs_enhanced"),
        ONE.replace("avx avx2 fma", "fma avx2 avx"),
        f"{ONE}\n\n{ONE.replace('model', 'other')}",
    ],
)
def test_clock_order_and_what_does_not_calculate_change_nothing(other: str) -> None:
    assert kind_of(other, system=SYSTEM) == kind_of(ONE, system=SYSTEM)


@pytest.mark.parametrize(
    ("other", "system"),
    [
        (ONE.replace("avx2", "avx2 avx512f"), SYSTEM),
        (ONE.replace("Intel", "Other"), SYSTEM),
        (ONE.replace("85", "86"), SYSTEM),
        (ONE, ("x86_64", "glibc", "2.41")),
        ("Features: fp asimd\nCPU part: 0xd0c\n", ("aarch64", "glibc", "2.36")),
        ("", SYSTEM),
    ],
)
def test_what_calculates_otherwise_has_another_name(other: str, system: tuple[str, ...]) -> None:
    assert kind_of(other, system=system) != kind_of(ONE, system=SYSTEM)


def test_a_machine_keeps_its_name() -> None:
    assert processor_kind() == processor_kind()
    assert processor_kind().isalnum()
