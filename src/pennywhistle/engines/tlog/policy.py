"""Which logs are believed, and how many witnesses must have seen a head: C2SP tlog-policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.cosignature import (
    CosignerKey,
    cosignatures_of,
    parse_log_key,
    public_bytes_of,
)
from pennywhistle.engines.tlog.note import NoteInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.tlog.note import Verifier

policy_size_bytes_max = 256 * 1024
line_count_max = 1_000
NONE = "none"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class PolicyInvalidError(ValueError):
    """The text is not a policy; the sentence names the line."""

    code = "policy-invalid"


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log that is believed, by one of its keys, and where it is published ("" if not said)."""

    key: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness under the name that the policy gives it, and where it is asked."""

    name: str
    key: CosignerKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups, of which `least` must have seen a head."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What must stand under a head; `quorum` names a witness, a group, or `none`."""

    logs: tuple[PolicyLog, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @property
    def log_keys(self) -> list[Verifier]:
        """The keys of all logs that are believed."""
        return [log.key for log in self.logs]

    @property
    def asks_nobody(self) -> bool:
        """Whether no witness has to sign."""
        return self.quorum == NONE

    @property
    def least(self) -> int:
        """How many witnesses must sign at the very least for the quorum."""
        return 0 if self.asks_nobody else self._least(self.quorum)

    def _least(self, name: str) -> int:
        group = self.groups.get(name)
        if group is None:
            return 1
        return sum(sorted(self._least(member) for member in group.members)[: group.least])

    def is_met_by(self, names: Sequence[str]) -> bool:
        """Whether these witnesses are enough."""
        return self.asks_nobody or self._is_met(self.quorum, frozenset(names))

    def _is_met(self, name: str, signed: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._is_met(member, signed) for member in group.members) >= group.least

    def witnessed_by(self, note: bytes) -> list[str]:
        """Names of the policy's witnesses whose right cosignature is under a head."""
        try:
            found = {each.key for each in cosignatures_of(note, [w.key for w in self.witnesses])}
        except NoteInvalidError:
            return []
        return [witness.name for witness in self.witnesses if witness.key in found]


@dataclass
class _Reader:
    """Collects the lines of a policy; names may only be used after they were given."""

    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[PolicyWitness] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = ""
    _keys: set[bytes] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)

    def take(self, words: list[str]) -> None:
        """Read one line, parted into words."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = parse_log_key(vkey)
                self._once(b"log" + public_bytes_of(key))
                self.logs.append(PolicyLog(key, *url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._new(name)
                witness = CosignerKey.parse(vkey)
                self._once(b"witness" + witness.public_key)
                self.witnesses.append(PolicyWitness(name, witness, *url))
            case ["group", name, least, *members] if members:
                self._new(name)
                self._use(members)
                self.groups[name] = Group(_least(least, len(members)), tuple(members))
            case ["quorum", name] if not self.quorum:
                if name != NONE:
                    self._use([name])
                self.quorum = name
            case ["quorum", _]:
                raise PolicyInvalidError("a policy has one quorum line")
            case _:
                raise PolicyInvalidError("it is no log, witness, group or quorum line")

    def _once(self, key: bytes) -> None:
        if key in self._keys:
            raise PolicyInvalidError("this key stands in it already")
        self._keys.add(key)

    def _new(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise PolicyInvalidError(f"the name {name} is taken")

    def _use(self, names: list[str]) -> None:
        for name in names:
            if name not in self._names():
                raise PolicyInvalidError(f"{name} is not given above it")
            if name in self._used:
                raise PolicyInvalidError(f"{name} is a member already")
            self._used.add(name)

    def _names(self) -> set[str]:
        return {witness.name for witness in self.witnesses} | set(self.groups)


def parse_policy(data: bytes) -> Policy:
    """Read a policy file.

    Raises:
        PolicyInvalidError: with the number of the line and what is wrong with it.
    """
    if len(data) > policy_size_bytes_max:
        raise PolicyInvalidError(f"A policy has at most {policy_size_bytes_max} bytes.")
    # Octets above 127 are opaque to the syntax; names of keys among them are UTF-8.
    lines = data.decode("utf-8", errors="surrogateescape").split("\n")
    if len(lines) > line_count_max:
        raise PolicyInvalidError(f"A policy has at most {line_count_max} lines.")
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        text = line.strip(" \t")
        if not text or text.startswith("#"):
            continue
        try:
            reader.take(_words(text))
        except (PolicyInvalidError, NoteInvalidError, UnicodeEncodeError) as error:
            raise PolicyInvalidError(f"Line {number} of the policy: {error}.") from error
    if not reader.quorum:
        raise PolicyInvalidError("A policy has a quorum line; `quorum none` asks nobody.")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), reader.groups, reader.quorum)


def _words(text: str) -> list[str]:
    if _CONTROL.search(text):
        raise PolicyInvalidError("it has a control character")
    return re.split("[ \t]+", text)


def _least(word: str, count: int) -> int:
    named = {"any": 1, "all": count}
    if word in named:
        return named[word]
    if not re.fullmatch("[1-9][0-9]{0,3}", word, re.ASCII) or int(word) > count:
        raise PolicyInvalidError(f"of {count} members, any, all or 1 to {count} must sign")
    return int(word)


def format_policy(policy: Policy, *, notes: Sequence[str] = ()) -> str:
    """Write a policy; `notes` stand above it as comments, each one line."""
    lines = [f"# {note}" for note in notes]
    lines += [f"log {log.key.to_text()} {log.url}".rstrip() for log in policy.logs]
    for witness in policy.witnesses:
        lines.append(f"witness {witness.name} {witness.key.to_text()} {witness.url}".rstrip())
    for name, group in policy.groups.items():
        lines.append(f"group {name} {group.least} {' '.join(group.members)}")
    lines.append(f"quorum {policy.quorum}")
    return "".join(f"{line}\n" for line in lines)
