"""The currencies of ISO 4217 that a store can charge in, and how finely each is paid out.

The number of minor digits is ISO 4217's own (what banks settle in), kept here and not taken from
CLDR: CLDR's digits are for display (no decimals for the Iraqi dinar), and an upgrade of a
translation library must not change what a payout is rounded to.

Funds codes (BOV, CLF, ...), metals, XTS and XXX are left out: nobody pays with them. Codes are
never removed, because money once recorded must stay readable (BGN, ANG).
"""

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED
VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""

CURRENCIES = frozenset(_CODES.split())

_WITHOUT_MINOR_UNIT = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_OF_A_THOUSAND = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_MINOR_DIGITS_USUAL = 2


def minor_digits(currency: str) -> int:
    """Return the decimal places of `currency` (ISO 4217 "minor unit"): 0, 2 or 3.

    Raises KeyError for a code that is not in `CURRENCIES`.
    """
    if currency not in CURRENCIES:
        raise KeyError(currency)
    if currency in _WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in _OF_A_THOUSAND else _MINOR_DIGITS_USUAL
