"""VAT numbers of businesses: reading them, asking a register, and keeping what it said."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Q
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.gb import vat as gb_vat

from pennywhistle.apps.taxes.businesses import is_named_by
from pennywhistle.apps.taxes.models import VatAnswer, VatNumber
from pennywhistle.apps.taxes.register import RegisterUnavailableError
from pennywhistle.apps.users.models import User
from pennywhistle.engines.tax import EU_STATES, taxed_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.taxes.businesses import Business
    from pennywhistle.apps.taxes.register import Register

logger = logging.getLogger(__name__)

asked_at_once_max = 20
# A business may end; its number is asked about again after so long.
asked_again_after = timedelta(days=90)
_TEXT_LENGTH_MAX = 40


class VatNumberError(ValueError):
    """This is no VAT number that a download can be bought under; the sentence says why."""

    code = "vat-number-invalid"


class VatNumberFormError(VatNumberError):
    """It has not the form of its state's numbers."""

    code = "vat-number-form"


class VatNumberChecksumError(VatNumberError):
    """Its check digits do not fit: a slip in typing."""

    code = "vat-number-checksum"


class VatNumberElsewhereError(VatNumberError):
    """It is of another country than its owner's account."""

    code = "vat-number-elsewhere"


class BusinessUnnamedError(VatNumberError):
    """It is not said in whole whose the number is."""

    code = "business-unnamed"


def read_vat_number(text: str, *, country: str) -> str:
    """The number in its normal form, with its prefix, of a state of the Union or the UK.

    `country` is where its owner says to be. Raises VatNumberError.
    """
    state = taxed_as(country)
    if state not in EU_STATES | {"GB"}:
        raise VatNumberElsewhereError(
            "VAT numbers are asked for in the European Union and the United Kingdom only."
        )
    if len(text) > _TEXT_LENGTH_MAX or not text.strip():
        raise VatNumberFormError("Write the number with its prefix, such as DE136695976.")
    compact = "".join(char for char in text.upper() if char.isalnum())
    prefix = {"GR": "EL"}.get(state, state)
    if compact.startswith("XI"):
        raise VatNumberError(
            "Numbers that begin with XI are for goods. For downloads write the number with GB."
        )
    if compact[:2].isalpha() and compact[:2] != prefix:
        raise VatNumberElsewhereError(
            f"Your account says {country}, where numbers begin with {prefix}. "
            "Change the country of your account first, or write a number of that country."
        )
    return _validated(compact if compact.startswith(prefix) else prefix + compact, prefix)


def _validated(number: str, prefix: str) -> str:
    try:
        if prefix == "GB":
            return prefix + str(gb_vat.validate(number.removeprefix(prefix)))
        return str(eu_vat.validate(number))
    except InvalidChecksum as error:
        raise VatNumberChecksumError(
            "The number's check digits do not fit. Compare it with your papers."
        ) from error
    except InvalidLength as error:
        raise VatNumberFormError("The number is too long or too short.") from error
    except ValidationError as error:
        raise VatNumberFormError(f"This is not how numbers with {prefix} are written.") from error


@transaction.atomic
def state_vat_number(*, user_id: int, text: str, business: Business, now: datetime) -> VatNumber:
    """Note the number that a person buys under and whose it is, in place of an earlier one.

    The same again changes nothing. It counts once a register said that it is valid, and that it is
    this business's; where the register tells no names, an operator says so.

    Raises:
        VatNumberError: one of its kinds; nothing is noted.
    """
    user = User.objects.select_for_update().get(id=user_id)
    number = read_vat_number(text, country=user.country)
    standing = VatNumber.objects.of(user=user).first()
    if not business.is_whole:
        raise BusinessUnnamedError("Write the name and the whole address of the business.")
    if standing is not None and (standing.number, standing.business) == (number, business):
        return standing
    VatNumber.objects.of(user=user).update(closed_at=now)
    return VatNumber.objects.create(
        user=user,
        country=taxed_as(user.country),
        number=number,
        business_name=business.name,
        street=business.street,
        postcode=business.postcode,
        city=business.city,
        recorded_at=now,
    )


@transaction.atomic
def give_up_vat_number(*, user_id: int, now: datetime) -> None:
    """Buy as a private person again."""
    VatNumber.objects.open().filter(user_id=user_id).update(closed_at=now)


@transaction.atomic
def vouch_for_vat_number(
    *, number_id: int, is_valid: bool, reason: str, operator_id: int, now: datetime
) -> VatAnswer:
    """An operator looked it up: their word counts as a register's; `reason` says what they saw."""
    if not reason.strip():
        raise VatNumberError("Say where you looked, and what stood there.")
    number = VatNumber.objects.select_for_update().get(id=number_id)
    said = number.answers.order_by("-id").first()
    if said is not None and said.is_valid == is_valid and said.document == {"reason": reason}:
        return said
    operator = User.objects.get(id=operator_id)
    return number.answers.create(
        by=operator.email, is_valid=is_valid, asked_at=now, document={"reason": reason}
    )


def ask_due(*, register: Register, now: datetime) -> int:
    """Ask about numbers that nobody answered for yet, or not for long; answers how many were.

    The register is asked outside of any transaction. Where it does not answer, the number stays as
    it is, and is asked about again next time.
    """
    last = VatNumber.objects.open().annotate(last_asked_at=Max("answers__asked_at"))
    due = last.filter(
        Q(last_asked_at__isnull=True) | Q(last_asked_at__lte=now - asked_again_after),
        country__in=EU_STATES,
    )
    answered = 0
    # In no order: one that is never answered for stands in nobody's way.
    for number in due.order_by("?")[:asked_at_once_max]:
        try:
            answer = register.ask(number=number.number)
        except RegisterUnavailableError as error:
            logger.warning("%s was not answered for: %s", number.number, error)
            continue
        VatAnswer.objects.create(
            number=number,
            by=register.code,
            is_valid=answer.is_valid,
            asked_at=now,
            document=answer.document,
        )
        answered += 1
    return answered


def business_numbers(asked: Sequence[tuple[int, datetime]]) -> list[VatNumber | None]:
    """For each person and instant the number that was confirmed then, if there was one."""
    rows = VatNumber.objects.filter(user__in={user_id for user_id, _ in asked})
    by_user: dict[int, list[VatNumber]] = {}
    for row in rows.prefetch_related("answers"):
        by_user.setdefault(row.user_id, []).append(row)
    return [
        next((row for row in by_user.get(user_id, ()) if is_confirmed(row, at)), None)
        for user_id, at in asked
    ]


def count_waiting(*, now: datetime) -> int:
    """How many numbers nobody answered for, or are valid and nobody said whose they are."""
    return sum(
        not is_confirmed(number, now) and all(answer.is_valid for answer in answers[-1:])
        for number in VatNumber.objects.open().prefetch_related("answers")
        for answers in [list(number.answers.all())]
    )


def is_confirmed(number: VatNumber, at: datetime) -> bool:
    """Whether it was stated by then, not given up, and said to be valid and theirs.

    The last answer says whether it is valid; whose it is, an operator said, or a register that
    tells the name that they say.
    """
    if number.recorded_at > at or (number.closed_at is not None and number.closed_at <= at):
        return False
    is_valid = is_theirs = False
    for answer in number.answers.all():
        if answer.asked_at > at:
            continue
        is_valid = answer.is_valid
        if answer.by_operator:
            is_theirs = answer.is_valid
        elif answer.is_valid:
            is_theirs = is_theirs or is_named_by(number.business, answer.document)
    return is_valid and is_theirs
