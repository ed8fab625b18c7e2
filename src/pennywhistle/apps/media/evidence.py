"""What was found in masters, for pages: what was judged of each file, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Func, JSONField, OuterRef, Subquery, Value

from pennywhistle.apps.media.models import Hearing, Master
from pennywhistle.engines.audio import Examination
from pennywhistle.engines.audio.judgement import Code, Finding, Judgement, Severity, judge_album

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.audio.judgement import AlbumJudgement


def is_held_for(code: str, severity: str) -> bool:
    """Whether a finding keeps a file from being published until an operator decides.

    Serious ones do. Of a conversion from a lower rate nobody measured how often it is found where
    there was none, so that it does only where the store's operator wants it to.
    """
    return severity == Severity.SERIOUS or (code == Code.UPSAMPLED and settings.UPSAMPLED_HOLDS)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding without its number and picture: enough for a list."""

    code: str
    severity: str

    @property
    def is_serious(self) -> bool:
        """Whether it keeps a file from being published until it is decided."""
        return is_held_for(self.code, self.severity)


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is known of a file's content."""

    sha256: str
    examination: Examination
    judgement: Judgement

    @property
    def serious(self) -> tuple[Finding, ...]:
        """What the operator decides about."""
        return tuple(
            each for each in self.judgement.findings if is_held_for(each.code, each.severity)
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """What a list says of a recording's master.

    `is_heard` False: it was delivered before files were judged. `serious` are the codes of what
    was found in it and counts.
    """

    sha256: str
    is_lossless: bool
    is_heard: bool
    serious: tuple[str, ...]


def found_in(sha256s: Iterable[str]) -> dict[str, tuple[Found, ...]]:
    """The findings of these files, those of each that was judged; one query, no pictures."""
    heard = Hearing.objects.filter(sha256__in=set(sha256s)).annotate(
        codes=_each("code"), severities=_each("severity")
    )
    return {
        sha256: tuple(Found(*pair) for pair in zip(codes, severities, strict=True))
        for sha256, codes, severities in heard.values_list("sha256", "codes", "severities")
    }


def _each(name: str, *, of: str = "") -> Func:
    """That part of each finding, read by the database: whole judgements are large."""
    path = Value(f"$.findings[*]{of}.{name}")
    return Func(
        F("judgement"),
        path,
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=JSONField(),
    )


def heard(sha256: str) -> Heard | None:
    """What is known of one file; None: it was not judged."""
    return heard_all([sha256]).get(sha256)


def heard_all(sha256s: Iterable[str]) -> dict[str, Heard]:
    """What is known of these files, in one query."""
    rows = Hearing.objects.filter(sha256__in=set(sha256s)).only("examination", "judgement")
    return {
        row.sha256: Heard(
            row.sha256,
            Examination.from_json(row.examination),
            Judgement.from_json(row.judgement),
        )
        for row in rows
    }


def album_of(heard: Iterable[Heard]) -> AlbumJudgement:
    """The loudness of tracks as one piece, and their highest true peak."""
    return judge_album([each.judgement for each in heard])


def marks_of(recording_ids: Iterable[int]) -> dict[int, Mark]:
    """What a list says of recordings that have a master, in one query."""
    hearings = Hearing.objects.filter(sha256=OuterRef("sha256"))
    held_for = '@.severity == "serious"'
    if settings.UPSAMPLED_HOLDS:
        held_for += f' || @.code == "{Code.UPSAMPLED}"'
    serious = hearings.values_list(_each("code", of=f"?({held_for})"))
    masters = Master.objects.filter(recording_id__in=list(recording_ids))
    rows = masters.annotate(serious=Subquery(serious[:1], output_field=JSONField()))
    return {
        recording_id: Mark(sha256, is_lossless, codes is not None, tuple(codes or ()))
        for recording_id, sha256, is_lossless, codes in rows.values_list(
            "recording_id", "sha256", "is_lossless", "serious"
        )
    }
