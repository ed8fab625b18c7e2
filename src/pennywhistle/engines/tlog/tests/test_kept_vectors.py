"""The kept vectors are what this verifier says today; another verifier is held to the same."""

import pytest

from pennywhistle.engines.tlog.tests.kept_vectors import FOLDER, merkle_cases, written


def test_the_kept_vectors_are_what_the_tests_make() -> None:
    for name, text in written().items():
        kept = (FOLDER / name).read_text(encoding="utf-8")
        if kept != text:
            pytest.fail(f"{name} is old: python -m pennywhistle.engines.tlog.tests.kept_vectors")


def test_another_index_or_size_proves_nothing() -> None:
    for cases in merkle_cases().values():
        assert {case["holds"] for case in cases} == {True, False}
