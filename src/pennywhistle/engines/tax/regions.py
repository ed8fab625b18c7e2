"""Which territories belong to the European Union's VAT, by ISO 3166-1 alpha-2."""

EU_STATES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)

# VAT Directive, article 7: sales to Monaco and the Isle of Man are sales to France and to the
# United Kingdom. Overseas departments and islands with a code of their own (GP, RE, AX, ...) are
# outside the VAT territory (article 6): no rate is on record for them, so none is asked.
_TAXED_AS = {"MC": "FR", "IM": "GB"}


def taxed_as(territory: str) -> str:
    """The state to whose tax office a sale in this territory belongs."""
    return _TAXED_AS.get(territory, territory)
