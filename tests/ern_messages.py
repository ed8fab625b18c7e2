"""Builds small release messages of every version of ERN, all of our own invention."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from ern_terms import SENDER, Terms, is_old

OTHER_SENDER = "PADPIDA2026010102L"
STORE = "PADPIDA2026020201K"
VERSIONS = ("382", "383", "411", "42", "43", "432")
OLD_VERSIONS = ("34", "341", "35", "351", "36", "37", "371", "38", "381")

GTIN = "4006381333931"
ISRCS = ("DEA1B2600001", "DEA1B2600002")
TITLE = "Brass and Tin"
ARTIST = "The Kettle Band"
LABEL = "Copper Yard"
TRACK_TITLES = ("First Whistle", "Second Whistle")


@dataclass(frozen=True)
class Built:
    """What a message is built of; every part can be replaced by XML of a test's own."""

    version: str = "432"
    deals: tuple[Terms, ...] = (Terms(), Terms(releases=("R1", "R2")))
    sender: str = SENDER
    recipient: str = STORE
    message_id: str = "M1"
    created: str = "2026-01-01T10:00:00Z"
    control: str = ""
    gtin: str = GTIN
    isrcs: tuple[str, ...] = ISRCS
    extra: dict[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        """The message."""
        parts = (
            self._header()
            + ("" if is_old(self.version) else self._parties())
            + self._resources()
            + self._releases()
            + f"<DealList>{''.join(deal.xml(self.version) for deal in self.deals)}"
            + f"{self._extra('deals')}</DealList>"
        )
        return wrap(f"{parts}{self._extra('message')}", version=self.version)

    def _extra(self, where: str) -> str:
        return self.extra.get(where, "")

    def _header(self) -> str:
        control = f"<MessageControlType>{self.control}</MessageControlType>" if self.control else ""
        return header(self.sender, self.recipient, self.message_id, self.created, control)

    def _parties(self) -> str:
        return (
            f"<PartyList>{_party('PArtist', ARTIST)}{_party('PLabel', LABEL)}"
            f"{self._extra('parties')}</PartyList>"
        )

    def _resources(self) -> str:
        tracks = zip(self.isrcs, TRACK_TITLES, strict=False)
        recordings = "".join(
            self._recording(number, isrc, title)
            for number, (isrc, title) in enumerate(tracks, start=1)
        )
        return f"<ResourceList>{recordings}{self._extra('resources')}</ResourceList>"

    def _recording(self, number: int, isrc: str, title: str) -> str:
        line = f"<PLine><Year>2026</Year><PLineText>(P) 2026 {LABEL}</PLineText></PLine>"
        reference = f"<ResourceReference>A{number}</ResourceReference>"
        kind = "MusicalWorkSoundRecording"
        length = f"<Duration>PT{number}M5S</Duration>"
        extra = self._extra("recording")
        if is_old(self.version):
            return (
                f"<SoundRecording><SoundRecordingType>{kind}</SoundRecordingType>"
                f"<SoundRecordingId><ISRC>{isrc}</ISRC></SoundRecordingId>{reference}"
                f"<ReferenceTitle><TitleText>{title}</TitleText></ReferenceTitle>{length}"
                "<SoundRecordingDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>"
                f'<Title TitleType="DisplayTitle"><TitleText>{title}</TitleText></Title>'
                f"{self._artist()}{line}{self._technical(number)}{extra}"
                "</SoundRecordingDetailsByTerritory></SoundRecording>"
            )
        identity = f"<ResourceId><ISRC>{isrc}</ISRC></ResourceId>"
        warned = "<ParentalWarningType>NotExplicit</ParentalWarningType>"
        named = f"{_titled(title)}{self._artist()}"
        technical = self._technical(number)
        if self.version.startswith("43"):
            edition = f"<SoundRecordingEdition>{identity}{line}{technical}</SoundRecordingEdition>"
            inner = f"{edition}{named}{length}{warned}{extra}"
        else:
            inner = f"{identity}{named}{line}{length}{warned}{extra}{technical}"
        return f"<SoundRecording>{reference}<Type>{kind}</Type>{inner}</SoundRecording>"

    def _artist(self) -> str:
        if is_old(self.version):
            return (
                f'<DisplayArtist SequenceNumber="1">{_name(ARTIST)}'
                "<ArtistRole>MainArtist</ArtistRole></DisplayArtist>"
            )
        return (
            f"<DisplayArtistName>{ARTIST}</DisplayArtistName>"
            '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>PArtist</ArtistPartyReference>'
            "<DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>"
        )

    def _technical(self, number: int) -> str:
        reference = (
            f"<TechnicalResourceDetailsReference>T{number}</TechnicalResourceDetailsReference>"
        )
        name, digest = f"resources/{number}.flac", f"{number:032x}"
        if is_old(self.version):
            return (
                f"<TechnicalSoundRecordingDetails>{reference}"
                "<AudioCodecType>FLAC</AudioCodecType><File>"
                f"<FileName>{number}.flac</FileName><FilePath>resources</FilePath>"
                f"<HashSum><HashSum>{digest}</HashSum>"
                "<HashSumAlgorithmType>MD5</HashSumAlgorithmType></HashSum></File>"
                "</TechnicalSoundRecordingDetails>"
            )
        inner = (
            f"<AudioCodecType>FLAC</AudioCodecType><File><URI>{name}</URI><HashSum>"
            f"<Algorithm>MD5</Algorithm><HashSumValue>{digest}</HashSumValue></HashSum></File>"
        )
        if self.version.startswith("43"):
            inner = f"<DeliveryFile><Type>AudioFile</Type>{inner}</DeliveryFile>"
        return f"<TechnicalDetails>{reference}{inner}</TechnicalDetails>"

    def _releases(self) -> str:
        numbers = range(1, len(self.isrcs) + 1)
        tracks = "".join(self._track(number) for number in numbers)
        return f"<ReleaseList>{self._album(numbers)}{tracks}{self._extra('releases')}</ReleaseList>"

    def _album(self, numbers: range) -> str:
        items = "".join(
            f"<ResourceGroupContentItem><SequenceNumber>{number}</SequenceNumber>"
            f"<ReleaseResourceReference>A{number}</ReleaseResourceReference>"
            "</ResourceGroupContentItem>"
            for number in numbers
        )
        kind = "" if is_old(self.version) else ' ResourceGroupType="Component"'
        group = f"<ResourceGroup><ResourceGroup{kind}>{items}</ResourceGroup></ResourceGroup>"
        identity = f"<ReleaseId><ICPN>{self.gtin}</ICPN></ReleaseId>"
        line = f"<CLine><Year>2026</Year><CLineText>(C) 2026 {LABEL}</CLineText></CLine>"
        extra = self._extra("album")
        if is_old(self.version):
            listed = "".join(
                f'<ReleaseResourceReference ReleaseResourceType="PrimaryResource">A{number}'
                "</ReleaseResourceReference>"
                for number in numbers
            )
            return (
                f'<Release IsMainRelease="true">{identity}<ReleaseReference>R0</ReleaseReference>'
                f"<ReferenceTitle><TitleText>{TITLE}</TitleText></ReferenceTitle>"
                f"<ReleaseResourceReferenceList>{listed}</ReleaseResourceReferenceList>"
                "<ReleaseType>Album</ReleaseType><ReleaseDetailsByTerritory>"
                f"<TerritoryCode>Worldwide</TerritoryCode><LabelName>{LABEL}</LabelName>"
                f'<Title TitleType="DisplayTitle"><TitleText>{TITLE}</TitleText></Title>'
                f"{self._artist()}{group}{self._genre()}"
                f"<ReleaseDate>2026-01-02</ReleaseDate></ReleaseDetailsByTerritory>{line}{extra}"
                "</Release>"
            )
        return (
            "<Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType>"
            f"{identity}{_titled(TITLE)}{self._artist()}"
            f"<ReleaseLabelReference>PLabel</ReleaseLabelReference>{line}{self._genre()}"
            "<ReleaseDate>2026-01-02</ReleaseDate>"
            "<ParentalWarningType>NotExplicit</ParentalWarningType>"
            f"{group}{extra}</Release>"
        )

    def _genre(self) -> str:
        name = "DisplayGenre" if self.version == "432" else "Genre"
        return f"<{name}><GenreText>Brass</GenreText></{name}>"

    def _track(self, number: int) -> str:
        reference = f"<ReleaseReference>R{number}</ReleaseReference>"
        own = f'<ProprietaryId Namespace="{SENDER}">T{number}</ProprietaryId>'
        resource = f"<ReleaseResourceReference>A{number}</ReleaseResourceReference>"
        if is_old(self.version):
            title = f"<TitleText>{TRACK_TITLES[number - 1]}</TitleText>"
            return (
                f"<Release><ReleaseId>{own}</ReleaseId>{reference}"
                f"<ReferenceTitle>{title}</ReferenceTitle>"
                f"<ReleaseResourceReferenceList>{resource}</ReleaseResourceReferenceList>"
                "<ReleaseType>TrackRelease</ReleaseType><ReleaseDetailsByTerritory>"
                "<TerritoryCode>Worldwide</TerritoryCode></ReleaseDetailsByTerritory></Release>"
            )
        return (
            f"<TrackRelease>{reference}<ReleaseId>{own}</ReleaseId>{resource}"
            f"<ReleaseLabelReference>PLabel</ReleaseLabelReference>{self._genre()}</TrackRelease>"
        )


def _titled(title: str) -> str:
    return (
        f"<DisplayTitleText>{title}</DisplayTitleText>"
        f"<DisplayTitle><TitleText>{title}</TitleText></DisplayTitle>"
    )


def header(
    sender: str = SENDER,
    recipient: str = STORE,
    message_id: str = "M1",
    created: str = "2026-01-01T10:00:00Z",
    more: str = "",
) -> str:
    """A MessageHeader, the same in every version."""
    return (
        f"<MessageHeader><MessageThreadId>1</MessageThreadId><MessageId>{message_id}</MessageId>"
        f"<MessageSender><PartyId>{sender}</PartyId>{_name('The Sender')}</MessageSender>"
        f"<MessageRecipient><PartyId>{recipient}</PartyId>{_name('The Store')}</MessageRecipient>"
        f"<MessageCreatedDateTime>{created}</MessageCreatedDateTime>{more}</MessageHeader>"
    )


def wrap(inner: str, *, version: str = "432", name: str = "NewReleaseMessage") -> bytes:
    """A root element around `inner`."""
    attributes = 'LanguageAndScriptCode="en"'
    if is_old(version):
        attributes += f' MessageSchemaVersionId="ern/{version}"'
    elif version.startswith("43"):
        attributes += ' AvsVersionId="6"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ern:{name} '
        f'xmlns:ern="http://ddex.net/xml/ern/{version}" {attributes}>{inner}</ern:{name}>'
    ).encode()


def purge(
    *,
    sender: str = SENDER,
    gtin: str = GTIN,
    created: str = "2026-01-03T10:00:00Z",
    version: str = "382",
) -> bytes:
    """A PurgeReleaseMessage."""
    inner = (
        f"{header(sender, STORE, 'P1', created)}<PurgedRelease><ReleaseId><ICPN>{gtin}</ICPN>"
        f"</ReleaseId><Title><TitleText>{escape(TITLE)}</TitleText></Title></PurgedRelease>"
    )
    return wrap(inner, version=version, name="PurgeReleaseMessage")


def manifest(entries: int = 1, count: int | None = None) -> bytes:
    """A ManifestMessage that lists `entries` messages and says that there are `count`."""
    listed = "".join(
        f"<MessageInBatch><MessageType>NewReleaseMessage</MessageType><MessageId>M{number}"
        f"</MessageId><URL>{GTIN}/{GTIN}.xml</URL><IncludedReleaseId><ICPN>{GTIN}</ICPN>"
        "</IncludedReleaseId><DeliveryType>NewReleaseDelivery</DeliveryType>"
        "<ProductType>AudioProduct</ProductType><HashSum><HashSum>00ff</HashSum>"
        "<HashSumAlgorithmType>MD5</HashSumAlgorithmType></HashSum></MessageInBatch>"
        for number in range(entries)
    )
    number = entries if count is None else count
    return (
        '<m:ManifestMessage xmlns:m="http://ddex.net/xml/ern-c-sftp/16" MessageVersionId="1.6">'
        f"{header()}<IsTestFlag>false</IsTestFlag><RootDirectory>/20260101</RootDirectory>"
        f"<NumberOfMessages>{number}</NumberOfMessages>{listed}</m:ManifestMessage>"
    ).encode()


def _name(name: str) -> str:
    return f"<PartyName><FullName>{escape(name)}</FullName></PartyName>"


def _party(reference: str, name: str) -> str:
    return f"<Party><PartyReference>{reference}</PartyReference>{_name(name)}</Party>"
