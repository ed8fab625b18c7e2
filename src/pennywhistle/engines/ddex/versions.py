"""The versions of ERN that are read, by the namespace that a message's root declares."""

from dataclasses import dataclass

from pennywhistle.engines.ddex.errors import MessageRefusedError

_PREFIX = "http://ddex.net/xml/ern/"
_MANIFEST_PREFIX = "http://ddex.net/xml/ern-c"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of ERN. `is_current` is false for those that are read but no longer promised."""

    name: str
    key: str
    is_current: bool
    start_is_mandatory: bool = False
    """From 4.2 a deal without a start date is invalid; before, it is ambiguous (rule E5)."""

    @property
    def family(self) -> int:
        """3 or 4."""
        return int(self.name[0])


_VERSIONS = {
    version.key: version
    for version in (
        *(
            Version(name, name.replace(".", ""), is_current=False)
            for name in ("3.4", "3.4.1", "3.5", "3.5.1", "3.6", "3.7", "3.7.1", "3.8", "3.8.1")
        ),
        Version("3.8.2", "382", is_current=True),
        Version("3.8.3", "383", is_current=True),
        Version("4.1", "41", is_current=False),
        Version("4.1.1", "411", is_current=True),
        Version("4.2", "42", is_current=True, start_is_mandatory=True),
        Version("4.3", "43", is_current=True, start_is_mandatory=True),
        Version("4.3.1", "431", is_current=False, start_is_mandatory=True),
        Version("4.3.2", "432", is_current=True, start_is_mandatory=True),
    )
}

KNOWN_VERSIONS: tuple[Version, ...] = tuple(_VERSIONS.values())

MANIFEST_VERSION = Version("choreography", "ern-c", is_current=True)


def version_of(namespace: str) -> Version:
    """Return the version of a namespace. Raises `MessageRefusedError` for any other."""
    if namespace.startswith(_MANIFEST_PREFIX):
        return MANIFEST_VERSION
    version = _VERSIONS.get(namespace.removeprefix(_PREFIX).strip("/"))
    if version is None or not namespace.startswith(_PREFIX):
        names = ", ".join(known.name for known in KNOWN_VERSIONS if known.is_current)
        raise MessageRefusedError(
            "unknown-version",
            f"The namespace {namespace[:120]!r} is not a version of ERN that this store reads.",
            f"Send one of ERN {names}.",
        )
    return version
