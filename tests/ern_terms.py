"""Builds the deals of the tests' release messages, in the way of each version of ERN."""

from __future__ import annotations

from dataclasses import dataclass

SENDER = "PADPIDA2026010101N"


def is_old(version: str) -> bool:
    """Whether the version is of the third family."""
    return version.startswith("3")


@dataclass(frozen=True)
class Terms:
    """One deal; `extra` is XML that goes into the terms as it is."""

    releases: tuple[str, ...] = ("R0",)
    model: str = "PayAsYouGoModel"
    uses: tuple[str, ...] = ("PermanentDownload",)
    territories: tuple[str, ...] = ("Worldwide",)
    excluded: tuple[str, ...] = ()
    start: str | None = "2026-01-02"
    end: str | None = None
    code: str | None = None
    wholesale: str | None = None
    currency: str = "EUR"
    extra: str = ""

    def xml(self, version: str) -> str:
        """The ReleaseDeal, in the way of the version."""
        uses = "".join(f"<UseType>{use}</UseType>" for use in self.uses)
        places = "".join(f"<TerritoryCode>{code}</TerritoryCode>" for code in self.territories)
        places += "".join(
            f"<ExcludedTerritoryCode>{code}</ExcludedTerritoryCode>" for code in self.excluded
        )
        model = f"<CommercialModelType>{self.model}</CommercialModelType>" if self.model else ""
        if is_old(version):
            inner = f"{model}<Usage>{uses}</Usage>{places}{self._price(version)}{self._period()}"
        else:
            inner = f"{places}{self._period()}{model}{uses}{self._price(version)}"
        references = "".join(
            f"<DealReleaseReference>{ref}</DealReleaseReference>" for ref in self.releases
        )
        terms = f"<DealTerms>{inner}{self.extra}</DealTerms>"
        return f"<ReleaseDeal>{references}<Deal>{terms}</Deal></ReleaseDeal>"

    def _price(self, version: str) -> str:
        name = "PriceCode" if version.startswith("43") else "PriceType"
        parts = f'<{name} Namespace="{SENDER}">{self.code}</{name}>' if self.code else ""
        if self.wholesale is not None:
            parts += (
                f'<WholesalePricePerUnit CurrencyCode="{self.currency}">{self.wholesale}'
                "</WholesalePricePerUnit>"
            )
        return f"<PriceInformation>{parts}</PriceInformation>" if parts else ""

    def _period(self) -> str:
        parts = ""
        for name, text in (("Start", self.start), ("End", self.end)):
            if text is not None:
                form = "DateTime" if "T" in text else "Date"
                parts += f"<{name}{form}>{text}</{name}{form}>"
        return f"<ValidityPeriod>{parts}</ValidityPeriod>" if parts else ""
