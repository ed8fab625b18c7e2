"""Whatever a message says is in what was read, or in the list of what was not kept.

Each value of a message is replaced by one that exists nowhere else, and looked for afterwards. The
shared samples are DDEX's and other people's; they are read where they lie and never copied.
"""

import re
from pathlib import Path

import pytest
from lxml import etree

from ern_messages import OLD_VERSIONS, VERSIONS, Built, manifest, purge
from pennywhistle.engines.ddex import Limits, NewRelease, check, offers_of, read_message

SAMPLES = Path(__file__).parents[6] / "shared" / "ddex" / "ern"
EVERYTHING = Limits(findings_max_per_code=10**6, not_kept_max=10**6)
MARK = re.compile(r"~[0-9]+~")


def marked(data: bytes) -> tuple[bytes, set[str]]:
    """The message with every text and attribute replaced by a mark of its own."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    marks: set[str] = set()

    def mark() -> str:
        text = f"~{len(marks)}~"
        marks.add(text)
        return text

    for element in root.iter():
        if element.text and element.text.strip():
            element.text = mark()
        for name in element.attrib:
            if not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
                element.set(name, mark())
    return etree.tostring(root), marks


def lost(data: bytes) -> set[str]:
    changed, marks = marked(data)
    message = read_message(changed, EVERYTHING)
    assert marks
    return marks - set(MARK.findall(repr(message)))


def plain_values(data: bytes) -> set[str]:
    """Texts that are kept as they are: names, titles, codes; no numbers, dates and flags."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    # The territory of details that hold nothing else says nothing.
    empty = [one for one in root.iter("{*}TerritoryCode") if len(one.getparent()) == 1]
    for element in empty:
        element.text = ""
    texts = {" ".join((element.text or "").split()) for element in root.iter()}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Za-z ]{4,}", text)}


@pytest.mark.parametrize("version", [*VERSIONS, *OLD_VERSIONS])
def test_no_value_of_a_new_release_is_lost(version: str) -> None:
    assert lost(Built(version=version, control="LiveMessage").bytes()) == set()


@pytest.mark.parametrize("data", [purge(), manifest(2)], ids=["purge", "manifest"])
def test_no_value_of_the_other_messages_is_lost(data: bytes) -> None:
    assert lost(data) == set()


def test_a_part_that_is_sent_twice_is_not_lost() -> None:
    extra = {
        "recording": "<Duration>PT9S</Duration><LanguageOfPerformance>qya</LanguageOfPerformance>",
        "message": "<ResourceList><Text><Type>LyricText</Type></Text></ResourceList>",
    }

    envelope = read_message(Built(extra=extra).bytes()).envelope

    assert {one.value for one in envelope.not_kept} == {"PT9S", "LyricText"}
    assert "part-twice" in envelope.finding_counts


def test_a_second_address_of_a_file_is_not_lost() -> None:
    data = Built(version="382").bytes().replace(b"</File>", b"<URL>sftp://a/b</URL></File>")

    envelope = read_message(data).envelope

    assert {one.value for one in envelope.not_kept} == {"sftp://a/b"}
    assert lost(data) == set()


def test_the_list_of_what_was_not_kept_is_bounded_and_counted() -> None:
    extra = {"message": "".join(f"<Odd>{number}</Odd>" for number in range(2_000))}

    envelope = read_message(Built(extra=extra).bytes(), Limits(not_kept_max=10)).envelope

    assert len(envelope.not_kept) == 10
    assert envelope.not_kept_count == 2_000


def test_findings_of_one_kind_are_bounded_and_counted() -> None:
    extra = {"album": "<ReleaseType>Odd</ReleaseType>" * 300}

    envelope = read_message(Built(extra=extra).bytes()).envelope

    assert len(envelope.findings) == 100
    assert envelope.finding_counts == {"unknown-value": 300}


def samples() -> list[Path]:
    if not SAMPLES.is_dir():
        pytest.skip("The collection of real messages is not here (../shared/ddex/ern)")
    return sorted(SAMPLES.glob("*.xml"))


def test_no_value_of_the_shared_samples_is_lost() -> None:
    for path in samples():
        assert lost(path.read_bytes()) == set(), path.name


def test_every_shared_sample_is_read_and_keeps_its_texts() -> None:
    paths = samples()
    assert len(paths) >= 60

    for path in paths:
        data = path.read_bytes()
        message = read_message(data, EVERYTHING)
        said = repr(message)
        missing = {text for text in plain_values(data) if text not in said}
        assert missing == set(), path.name
        offers = offers_of(message) if isinstance(message, NewRelease) else None
        check(message, offers)


def test_only_video_appendices_and_ugc_policies_of_the_samples_are_not_kept() -> None:
    known = re.compile(
        r"/NewReleaseMessage/(CueSheetList|ChapterList|CollectionList)/|RightsClaimPolicy/"
        r"|/VideoCollectionReferenceList/|/VideoCueSheetReference/|/ICPN/@IsEan$"
    )
    for path in samples():
        envelope = read_message(path.read_bytes(), EVERYTHING).envelope
        odd = [one.path for one in envelope.not_kept if not known.search(one.path)]
        assert odd == [], path.name
