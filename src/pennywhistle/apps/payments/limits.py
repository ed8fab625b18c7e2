"""How much may be paid in at once: about the same worth in every currency, in round numbers."""

from __future__ import annotations

from pennywhistle.kernel.money import MICRO, CurrencyUnknownError, Money

# How many units of a currency are worth something between half a dollar and five. Powers of ten,
# so that they stay right for many years of exchange rates, and that people see round numbers.
_ROUND_UNITS = {
    1: "ANG AUD AWG AZN BAM BBD BGN BHD BMD BND BSD BZD CAD CHF EUR FKP GBP GIP JOD KWD KYD NZD "
    "OMR PAB SGD SHP USD XCG",
    10: "AED BOB BRL BWP BYN CNY DKK ERN FJD GEL GHS GTQ HKD ILS LSL LYD MAD MDL MOP MVR MXN MYR "
    "NAD NOK PEN PGK PLN QAR RON SAR SBD SCR SEK SVC SZL TJS TMT TND TOP TTD WST XCD ZAR",
    100: "AFN ALL BDT BTN CUP CVE CZK DJF DOP DZD EGP ETB GMD HNL HTG INR ISK JMD JPY KES KGS LRD "
    "MKD MRU MUR MZN NIO NPR PHP RSD RUB SLE SRD STN THB TRY TWD UAH UYU VUV XPF ZMW ZWG",
    1_000: "AMD AOA ARS CLP CRC GYD HUF IQD KMF KPW KRW KZT LKR MWK NGN PKR RWF SDG SOS VED VES "
    "XAF XOF YER",
    10_000: "BIF CDF COP GNF IDR KHR MGA MMK MNT PYG SSP SYP TZS UGX UZS",
    100_000: "LAK LBP VND",
    1_000_000: "IRR",
}
_UNITS_BY_CURRENCY = {
    code: units for units, codes in _ROUND_UNITS.items() for code in codes.split()
}
_LEAST_FACTOR, _MOST_FACTOR = 1, 500


def round_amount(currency: str, factor: int = 1) -> Money:
    """`factor` times the round amount that is worth about a dollar: 1 USD, 100 JPY, 10 SEK.

    Raises CurrencyUnknownError for what is no currency.
    """
    if currency not in _UNITS_BY_CURRENCY:
        raise CurrencyUnknownError(f"{currency!r} is not a currency of ISO 4217")
    return Money(factor * _UNITS_BY_CURRENCY[currency] * MICRO, currency)


def top_up_bounds(currency: str) -> tuple[Money, Money]:
    """The least and the most that may be paid in at once."""
    return round_amount(currency, _LEAST_FACTOR), round_amount(currency, _MOST_FACTOR)
