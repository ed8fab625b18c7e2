"""A document as XML of EN 16931, in UN/CEFACT's syntax (Factur-X), checked against its schema.

Codes: UNTDID 1001 (380 invoice, 381 credit note), UNTDID 5305 (S standard rate, AE reverse charge,
O outside the scope), VATEX for why there is no tax.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document as Invoice
from drafthorse.models.party import TaxRegistration
from drafthorse.models.tradelines import LineItem

from pennywhistle.engines.tax import Treatment
from pennywhistle.kernel.money import MICRO

if TYPE_CHECKING:
    from pennywhistle.apps.invoices.content import Content, Line, Side, TaxGroup

_GUIDELINE = "urn:cen.eu:en16931:2017"
_SCHEMA = "FACTUR-X_EN16931"
_TYPES = {"invoice": "380", "credit_note": "381"}
_UNIT = "C62"  # one
_CATEGORIES = {Treatment.REVERSE: "AE", Treatment.OUTSIDE: "O"}
_REASONS = {
    "AE": ("VATEX-EU-AE", "Reverse charge"),
    "O": ("VATEX-EU-O", "Not subject to VAT"),
}
_PRICE_DIGITS = Decimal("0.000001")


def xml_of(content: Content, *, code: str) -> bytes:
    """The document under its number; raises nothing for what was issued, whatever its amounts."""
    document = Invoice()
    document.context.guideline_parameter.id = _GUIDELINE
    document.header.id = code
    document.header.type_code = _TYPES[content.kind]
    document.header.issue_date_time = content.issued_on
    trade = document.trade
    categories = {group.rate: _category(group) for group in content.groups}
    _fill_side(trade.agreement.seller, content.seller, is_outside="O" in categories.values())
    # BR-CO-26 wants an identifier of the seller, and a VAT number (BT-31) is not always one that
    # may be named: BT-29 is.
    trade.agreement.seller.id = _identifier(content.seller)
    _fill_side(trade.agreement.buyer, content.buyer, is_outside=False)
    trade.agreement.seller_order.issuer_assigned_id = content.reference
    trade.delivery.event.occurrence = date.fromisoformat(content.supplied_on)
    trade.settlement.currency_code = content.currency
    if content.corrects:
        reference = trade.settlement.invoice_referenced_document
        reference.issuer_assigned_id = content.corrects
        reference.issue_date_time = date.fromisoformat(content.corrects_day)
    for number, line in enumerate(content.lines, 1):
        trade.items.add(_line(number, line, categories[line.rate], content))
    for group in content.groups:
        trade.settlement.trade_tax.add(_tax(group, categories[group.rate], content))
    _fill_totals(trade.settlement.monetary_summation, content)
    xml: bytes = document.serialize(schema=_SCHEMA)
    return xml


def _category(group: TaxGroup) -> str:
    return _CATEGORIES.get(Treatment(group.treatment), "S" if Fraction(group.rate) else "Z")


def _fill_side(party: Any, side: Side, *, is_outside: bool) -> None:  # noqa: ANN401 (untyped)
    party.name = side.name
    if side.street:
        party.address.postcode = side.postcode
        party.address.line_one = side.street
        party.address.city_name = side.city
    party.address.country_id = side.country
    if side.email:
        party.electronic_address.uri_ID = ("EM", side.email)
    # BR-O-02: a document outside the scope of the tax names no VAT number.
    if side.vat_number and not is_outside:
        party.tax_registrations.add(TaxRegistration(id=("VA", side.vat_number)))
    if side.tax_number or (is_outside and side.vat_number):
        party.tax_registrations.add(TaxRegistration(id=("FC", side.tax_number or side.vat_number)))


def _identifier(seller: Side) -> str:
    return seller.tax_number or seller.vat_number or seller.email or seller.name


def _line(number: int, line: Line, category: str, content: Content) -> LineItem:
    item = LineItem()
    item.document.line_id = str(number)
    item.product.name = line.title
    net = Fraction(line.gross_micro, MICRO) / (1 + Fraction(line.rate))
    item.agreement.net.amount = _decimal(net).quantize(_PRICE_DIGITS)
    item.delivery.billed_quantity = (Decimal(1), _UNIT)
    tax = item.settlement.trade_tax
    tax.type_code = "VAT"
    tax.category_code = category
    if category != "O":
        tax.rate_applicable_percent = _percent(line.rate)
    item.settlement.monetary_summation.total_amount = _amount(line.net, content)
    return item


def _tax(group: TaxGroup, category: str, content: Content) -> ApplicableTradeTax:
    tax = ApplicableTradeTax()
    tax.calculated_amount = _amount(group.tax, content)
    tax.type_code = "VAT"
    tax.basis_amount = _amount(group.net, content)
    tax.category_code = category
    if category in _REASONS:
        tax.exemption_reason_code, tax.exemption_reason = _REASONS[category]
    if category != "O":
        tax.rate_applicable_percent = _percent(group.rate)
    return tax


def _fill_totals(totals: Any, content: Content) -> None:  # noqa: ANN401 (untyped)
    totals.line_total = _amount(content.net, content)
    totals.charge_total = _amount(0, content)
    totals.allowance_total = _amount(0, content)
    totals.tax_basis_total = _amount(content.net, content)
    totals.tax_total = (_amount(content.tax, content), content.currency)
    if content.rounding:
        totals.rounding_amount = _amount(content.rounding, content)
    totals.grand_total = _amount(content.total, content)
    totals.prepaid_total = _amount(content.paid, content)
    totals.due_amount = _amount(0, content)


def _amount(coins: int, content: Content) -> Decimal:
    """Coins as units of the currency, with two decimals at most (BR-DEC)."""
    return _decimal(Fraction(coins * content.coin_micro, MICRO)).quantize(Decimal("0.01"))


def _percent(rate: str) -> Decimal:
    percent = _decimal(Fraction(rate) * 100).quantize(_PRICE_DIGITS).normalize()
    # Not in powers of ten: 20, not 2E+1.
    return percent.quantize(Decimal(1)) if percent == percent.to_integral() else percent


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
