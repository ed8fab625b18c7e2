"""Findings about a release message, as they are shown."""

from __future__ import annotations

from django.template.loader import render_to_string

from pennywhistle.interfaces.studio.findings import groups_of, kept_row_of


def _found(line: int, **changed: object) -> dict[str, object]:
    kept = {"severity": "warning", "code": "c", "path": f"/A[{line}]", "value": "v", "line": line}
    return {**kept, "sentence": "It is odd.", "cure": "Mend it.", "rule": "S1", **changed}


def test_what_is_said_of_several_places_is_said_once() -> None:
    found = [_found(1), _found(2), _found(3, cure="Send it anew."), _found(4), _found(5)]

    (group,) = groups_of([kept_row_of(each) for each in found])
    page = render_to_string("studio/_message_findings.html", {"groups": [group]})

    assert [[place.line for place in row.places] for row in group.rows] == [[1, 2, 4, 5], [3]]
    assert group.count == 5
    assert page.count("It is odd.") == 2
    assert "and 3 more places" in page
    assert "line 5" in page
