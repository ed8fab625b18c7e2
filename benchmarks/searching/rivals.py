"""The same documents and searches in PostgreSQL's full text and in SQLite's FTS5."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from pennywhistle.engines.search import Document, Kind, Text, tokens

WANTED = 20
SOME = 5_000
Row = tuple[str, int, str, str, str]


def rows_of(documents: Iterable[Document]) -> Iterable[Row]:
    """What a document's words are, folded as for our own index: kind, id, name, maker, place."""
    for document in documents:
        texts = [
            " ".join(tokens(document.texts.get(text, "")))
            for text in (Text.NAME, Text.MAKER, Text.PLACE)
        ]
        yield document.kind.value, document.id, texts[0], texts[1], texts[2]


class Postgres:
    """A table of weighted vectors with a GIN index."""

    def __init__(self, url: str) -> None:
        self.link = psycopg.connect(url, autocommit=True)

    def build(self, documents: Iterable[Document]) -> None:
        """Copy, make the vectors, index."""
        self.link.execute(
            "CREATE UNLOGGED TABLE plain (kind text, id bigint, name text, maker text, place text)"
        )
        with self.link.cursor().copy("COPY plain FROM STDIN") as copy:
            for row in rows_of(documents):
                copy.write_row(row)
        self.link.execute(
            "CREATE TABLE found AS SELECT kind, id, setweight(to_tsvector('simple', name), 'A')"
            " || setweight(to_tsvector('simple', maker), 'B')"
            " || setweight(to_tsvector('simple', place), 'C') AS words FROM plain"
        )
        self.link.execute("CREATE INDEX ON found USING gin (words)")
        self.link.execute("VACUUM ANALYZE found")

    def find(self, words: list[str], kind: Kind, *, is_prefix: bool = False) -> list[int]:
        """The best 20 that hold all words."""
        text = " & ".join(f"'{word}'" for word in words) + (":*" if is_prefix else "")
        found = self.link.execute(
            "SELECT id FROM found, to_tsquery('simple', %s) q WHERE kind = %s AND words @@ q"
            " ORDER BY ts_rank(words, q) DESC LIMIT %s",
            [text, kind.value, WANTED],
        )
        return [row[0] for row in found.fetchall()]


class Sqlite:
    """An FTS5 table of three columns."""

    def __init__(self, path: Path) -> None:
        self.link = sqlite3.connect(path)

    def build(self, documents: Iterable[Document]) -> None:
        """Insert, and merge what was inserted."""
        self.link.execute(
            "CREATE VIRTUAL TABLE found USING fts5(kind UNINDEXED, id UNINDEXED, name, maker,"
            " place, prefix='2 3', tokenize='unicode61 remove_diacritics 0')"
        )
        rows: list[Any] = []
        for row in rows_of(documents):
            rows.append(row)
            if len(rows) == SOME:
                self.link.executemany("INSERT INTO found VALUES (?, ?, ?, ?, ?)", rows)
                rows.clear()
        self.link.executemany("INSERT INTO found VALUES (?, ?, ?, ?, ?)", rows)
        self.link.execute("INSERT INTO found (found) VALUES ('optimize')")
        self.link.commit()

    def find(self, words: list[str], kind: Kind, *, is_prefix: bool = False) -> list[int]:
        """The best 20 that hold all words."""
        text = " ".join(f'"{word}"' for word in words) + ("*" if is_prefix else "")
        found = self.link.execute(
            "SELECT id FROM found WHERE found MATCH ? AND kind = ?"
            " ORDER BY bm25(found, 0, 0, 3, 2, 0.7) LIMIT ?",
            [text, kind.value, WANTED],
        )
        return [int(row[0]) for row in found.fetchall()]
