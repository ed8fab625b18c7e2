"""What an action refused, said beside the field that it is about, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.catalog.actions import RoleUnknownError, WorkPartsError
from pennywhistle.apps.claims.transfers import TransferError
from pennywhistle.apps.intake.ways.actions import MailboxError
from pennywhistle.apps.invoices.doubting import DecisionInvalidError
from pennywhistle.apps.offers.errors import OfferError
from pennywhistle.apps.parties.actions import PartyIdentifierTakenError
from pennywhistle.apps.payments.actions import BonusStepError
from pennywhistle.apps.payments.bank.errors import BankError
from pennywhistle.apps.payments.loss_sharing import LossShareError
from pennywhistle.apps.payments.reconciling.differing import DifferenceError
from pennywhistle.apps.payments.switching import DoorWordError
from pennywhistle.apps.payouts.errors import PayoutError
from pennywhistle.apps.rights.actions import RegisterError
from pennywhistle.apps.taxes.actions import TaxRateInvalidError
from pennywhistle.apps.taxes.numbers import VatNumberError
from pennywhistle.apps.taxes.terms import TermsInvalidError
from pennywhistle.engines.bankfile import BankFileRefusedError
from pennywhistle.engines.clearance.tariff_check import TariffInvalidError
from pennywhistle.kernel.identifiers import IdentifierInvalidError
from pennywhistle.kernel.money import MoneyError
from pennywhistle.kernel.period import PeriodInvalidError
from pennywhistle.kernel.territories import TerritoryUnknownError
from pennywhistle.machine.storage import TooLargeError

if TYPE_CHECKING:
    from django.forms import Form
    from django.utils.functional import _StrPromise

# Expected of people. Anything else is a mistake of the program and is not caught.
EXPECTED = (
    TransferError,
    RegisterError,
    MailboxError,
    PartyIdentifierTakenError,
    WorkPartsError,
    RoleUnknownError,
    TaxRateInvalidError,
    TermsInvalidError,
    VatNumberError,
    DecisionInvalidError,
    TariffInvalidError,
    IdentifierInvalidError,
    MoneyError,
    PeriodInvalidError,
    TerritoryUnknownError,
    TooLargeError,
    OfferError,
    BonusStepError,
    BankError,
    BankFileRefusedError,
    DifferenceError,
    DoorWordError,
    LossShareError,
    PayoutError,
)

# By code: the field, if the form has it, and what to do.
_CURES: dict[str, tuple[str, _StrPromise]] = {
    "mailbox": ("location", _("Correct the place, or close the other mailbox first.")),
    "mandate-to-self": ("to_party", _("Name another party.")),
    "mandate-circle": ("to_party", _("Narrow the rights or territories, or end another link.")),
    "mandate-chain": ("to_party", _("Let the owner mandate somebody nearer to the store.")),
    "mandate-contradicts": (
        "is_exclusive",
        _("End the other one first, or record this one as not exclusive."),
    ),
    "notice-too-short": ("effective_day", _("Choose a later day, or tick that it is agreed.")),
    "repertoire-foreign": ("repertoire", _("Choose a list of this party.")),
    "right-unknown": ("rights", _("Choose from the list.")),
    "right-foreign": ("rights", _("Choose rights that fit.")),
    "use-unknown": ("uses", _("Choose from the list.")),
    "nothing-covered": ("included", _("Name at least one right, one use and one territory.")),
    "us-source-unknown": ("us_source", _("Choose from the list.")),
    "price-code-missing": ("code", _("Write the supplier's code.")),
    "transfer-to-self": ("to_party", _("Name another supplier.")),
    "amount-wrong": ("price", _("Correct the amounts.")),
    "tariff-foreign": ("tariff", _("Choose one of this party's tariffs.")),
    "tariff-source-missing": ("source", _("Write where the rate stands.")),
    "tariff-currency": ("currency", _("Write the currency of the amounts, such as EUR.")),
    "tariff-percent": ("percent", _("Write a percentage from 0 to 100.")),
    "tariff-negative": ("track_minimum", _("Write amounts of 0 or more.")),
    "tariff-bands": ("bands", _("Put the smallest first and the one without a limit last.")),
    "tariff-album": ("album_minimum", _("Fill in all of the album's rule, or none of it.")),
    "tariff-empty": ("percent", _("Give it a percentage or an amount.")),
    "share-part": ("percent", _("Write a part above 0 and up to 100 percent.")),
    "share-role": ("", _("Choose roles that fit: works have writers and publishers.")),
    "shares-sum-to-nothing": ("", _("Write parts above 0.")),
    "claim-repeated": ("", _("Give each party one line in each role.")),
    "share-revoked": ("", _("Record the share anew instead.")),
    "row-closed": ("", _("Go back to the page: somebody changed it meanwhile.")),
    "evidence-empty": ("document", _("Choose a file with something in it.")),
    "identifier-taken": ("text", _("Check the number, and whether the two are one party.")),
    "identifier-form-wrong": ("text", _("Check the number and its kind.")),
    "identifier-too-long": ("text", _("Check the number and its kind.")),
    "work-parts": ("", _("Correct the parts: they sum to 100 percent at most.")),
    "seller-terms-invalid": ("", _("Correct it below.")),
    "place-decision": ("reason", _("Say why.")),
    "vat-number-invalid": ("reason", _("Say where you looked.")),
    "tax-rate-invalid": ("rate", _("Correct the rate, and say where it is from.")),
    "territory-unknown": ("territory", _("Write a code such as DE.")),
    "payout-rate-invalid": ("", _("Correct it below.")),
    "payout-form-invalid": ("", _("Correct it below.")),
    "nothing-held": ("is_everything", _("Choose what something is held for.")),
    "transfer-word-missing": ("evidence", _("Name the document that shows it.")),
    "too-large": ("document", _("A document has at most 64 MiB.")),
}


def tell(form: Form, error: Exception) -> None:
    """Put what was refused beside its field; the action's own sentence names whom and what."""
    code = str(getattr(error, "code", ""))
    field, cure = _CURES.get(code, ("", ""))
    what = str(error).rstrip(".") + "."
    sentence = gettext("%(what)s %(cure)s") % {"what": what, "cure": cure} if cure else what
    form.add_error(field if field in form.fields else None, sentence)
