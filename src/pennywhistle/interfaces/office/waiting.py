"""What waits to be decided: one line for each kind of thing, with its count and its page.

A new kind is a function from the clock to a `Waiting`, and its name in `_KINDS`, in the order in
which an operator should look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext

from pennywhistle.apps.claims.kept import kept_for_recordings
from pennywhistle.apps.claims.queries import open_dispute_count, open_disputes
from pennywhistle.apps.copies.queries import undecided_conflicts, undecided_count
from pennywhistle.apps.delivery.damaged import lost_tracks
from pennywhistle.apps.intake.models import Doubt, Mailbox, Message, WorksFile
from pennywhistle.apps.intake.works.matching.queries import waiting_count
from pennywhistle.apps.invoices.models import PlaceDoubt
from pennywhistle.apps.media.database_checks import damages_of, last_check
from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.models import Payback
from pennywhistle.apps.payouts.queries import count_waiting as count_payouts
from pennywhistle.apps.rights import desk
from pennywhistle.apps.societies.models import Proposal
from pennywhistle.apps.taxes.models import RateProposal
from pennywhistle.apps.taxes.numbers import count_waiting
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.office.limits import SOON, WAITING_DETAILS_MAX
from pennywhistle.interfaces.office.waiting_bank import bank_entries, bank_orders, differences
from pennywhistle.interfaces.office.waiting_money import (
    chargebacks_unanswered,
    doors_closed,
    sweeps_due,
)
from pennywhistle.interfaces.office.waits import Waiting
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def _disputes(now: datetime) -> Waiting:
    del now
    return Waiting(
        open_dispute_count(),
        gettext("Disputes over who owns what"),
        gettext("The contested part of every sale is held, or the sale is stopped."),
        url=reverse("office-disputes"),
        details=tuple(
            (each.title, reverse("office-dispute", args=[each.id]))
            for each in open_disputes(most=WAITING_DETAILS_MAX)
        ),
    )


def _copies(now: datetime) -> Waiting:
    del now
    return Waiting(
        undecided_count(),
        gettext("Recordings that somebody else delivered before"),
        gettext(
            "What sounds like them is held until you decide who may sell it, "
            "or stays on sale if it was."
        ),
        url=reverse("office-copies"),
        details=tuple(
            (
                f"{each.newcomer.name}: {each.holder.name if each.holder else each.block}",
                reverse("office-copy", args=[each.pk]),
            )
            for each in undecided_conflicts(most=WAITING_DETAILS_MAX)[:WAITING_DETAILS_MAX]
        ),
    )


def _matching(now: datetime) -> Waiting:
    del now
    return Waiting(
        waiting_count(),
        gettext("Recordings whose work is not certain"),
        gettext("Something is proposed for each. Until it is decided they are not sold."),
        url=reverse("office-matching"),
    )


def _first_files(now: datetime) -> Waiting:
    del now
    found = WorksFile.objects.waiting().select_related("submitter")
    return Waiting(
        found.count(),
        gettext("First files of works"),
        gettext("Nothing of them is recorded before you know that they are their senders'."),
        url=reverse("office-inbox"),
        details=tuple(
            (each.submitter.name, reverse("office-party", args=[each.submitter.public_id]))
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def _proposals(now: datetime) -> Waiting:
    del now
    found = Proposal.objects.open().select_related("society__party")
    return Waiting(
        found.count(),
        gettext("What societies propose"),
        gettext("Licenses and members that they ask you to record."),
        url=reverse("office-inbox"),
        details=tuple(
            (
                each.society.party.name,
                reverse("office-society", args=[each.society.party.public_id]),
            )
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def _kept(now: datetime) -> Waiting:
    del now
    found = [each for each in kept_for_recordings(why="transfer") if each.word is None]
    found += kept_for_recordings(why="unidentified")
    return Waiting(
        len(found),
        gettext("Recordings whose money is kept"),
        gettext("A catalog changed hands, or nobody knows which works they play."),
        url=reverse("office-kept"),
        details=tuple(
            (each.title, reverse("office-recording", args=[each.recording_id]))
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def _sold_nowhere(now: datetime) -> Waiting:
    found = desk.sold_nowhere(at=now, most=WAITING_DETAILS_MAX)
    return Waiting(
        found.count,
        gettext("Releases sold nowhere"),
        gettext("They are on the shelves, and may be sold in no territory. Each page says why."),
        details=tuple(
            (each.title, reverse("chain", args=["release", each.public_id])) for each in found.first
        ),
    )


def _lost_masters(now: datetime) -> Waiting:
    del now
    found = lost_tracks().select_related("release")
    return Waiting(
        found.count(),
        gettext("Tracks whose master is damaged"),
        gettext(
            "No copy is left to restore them from, and their sale is stopped. "
            "Ask the supplier to deliver the file again."
        ),
        details=tuple(
            (
                f"{each.release.title}: {each.title}",
                reverse("office-recording", args=[each.recording_id]),
            )
            for each in found.order_by("id")[:WAITING_DETAILS_MAX]
        ),
    )


def _damaged_database(now: datetime) -> Waiting:
    del now
    check = last_check()
    damages = damages_of(check)
    details = [
        gettext("%(name)s, block %(block)s")
        % {"name": each.name or each.file, "block": "?" if each.block is None else each.block}
        for each in damages
    ]
    if check is not None and check.trouble:
        details.append(check.trouble)
    return Waiting(
        len(details),
        gettext("Trouble with the database"),
        gettext(
            "Its disk gave back something else than was written, or it could not all be read and "
            "copied. docs/running/database.md says how it is restored."
        ),
        details=tuple((each, "") for each in details[:WAITING_DETAILS_MAX]),
    )


def _held_messages(now: datetime) -> Waiting:
    del now
    found = Message.objects.filter(state=Message.State.HELD).select_related("supplier")
    url = reverse("office-held")
    return Waiting(
        found.count(),
        gettext("Messages of suppliers that wait for you"),
        gettext("Until you decide, what was in force stays so."),
        url=url,
        details=tuple(
            (f"{each.supplier.name}: {each.message_id}", url)
            for each in found.order_by("id")[:WAITING_DETAILS_MAX]
        ),
    )


def _doubts(now: datetime) -> Waiting:
    del now
    found = Doubt.objects.waiting().select_related("supplier")
    return Waiting(
        found.count(),
        gettext("Doubts about masters"),
        gettext("Something serious was found in a file. Its release waits for your decision."),
        url=reverse("office-doubts"),
        details=tuple(
            (f"{each.supplier.name}: {each.path}", reverse("office-doubt", args=[each.public_id]))
            for each in found[:WAITING_DETAILS_MAX]
        ),
    )


def _mailboxes_in_trouble(now: datetime) -> Waiting:
    del now
    found = Mailbox.objects.open().exclude(trouble="").select_related("supplier")
    return Waiting(
        found.count(),
        gettext("Mailboxes that cannot be looked into"),
        gettext("Nothing is lost, and nothing new comes from there."),
        url=reverse("office-mailboxes"),
        details=tuple(
            (each.supplier.name, reverse("office-mailbox", args=[each.public_id]))
            for each in found.order_by("id")[:WAITING_DETAILS_MAX]
        ),
    )


def _without_us_source(now: datetime) -> Waiting:
    found = desk.without_us_source(at=now, most=WAITING_DETAILS_MAX)
    return Waiting(
        found.count,
        gettext("Suppliers with nothing agreed for the United States"),
        gettext("Nothing of theirs is sold there. Record an agreement that says who licenses."),
        details=tuple(
            (each.name, reverse("office-agreement-new", args=[each.public_id]))
            for each in found.first
        ),
    )


def _agreements(now: datetime) -> Waiting:
    found = desk.agreements_ending(at=now, within=SOON, most=WAITING_DETAILS_MAX)
    return Waiting(
        found.count,
        gettext("Agreements that end within 60 days"),
        gettext("Without another one nothing of the supplier is sold from that day on."),
        details=tuple(
            (
                _until(each.supplier.name, each.valid_until),
                reverse("office-party", args=[each.supplier.public_id]),
            )
            for each in found.first
        ),
    )


def _licenses(now: datetime) -> Waiting:
    found = desk.licenses_ending(at=now, within=SOON, most=WAITING_DETAILS_MAX)
    return Waiting(
        found.count,
        gettext("Licenses that end within 60 days"),
        gettext("Without another one the works that it reaches are not sold from that day on."),
        details=tuple(
            (
                _until(each.licensor.name, each.valid_until),
                reverse("office-party", args=[each.licensor.public_id]),
            )
            for each in found.first
        ),
    )


def _tariff_lines(now: datetime) -> Waiting:
    found = desk.tariff_lines_ending(at=now, within=SOON, most=WAITING_DETAILS_MAX)
    return Waiting(
        found.count,
        gettext("Tariffs whose line ends within 60 days"),
        gettext("A license whose tariff asks nothing licenses nothing. Record the next line."),
        details=tuple(
            (
                _until(each.tariff.name, each.valid_until),
                reverse("office-tariff", args=[each.tariff_id]),
            )
            for each in found.first
        ),
    )


def _places(now: datetime) -> Waiting:
    del now
    doubts = PlaceDoubt.objects.open().select_related("user")
    return Waiting(
        doubts.count(),
        gettext("Buyers whose place is in doubt"),
        gettext(
            "Evidence names different countries: ask them for one more piece, and say where they "
            "belong."
        ),
        url=reverse("office-tax-places"),
        details=tuple(
            (each.user.email, reverse("office-tax-place", args=[each.pk]))
            for each in doubts[:WAITING_DETAILS_MAX]
        ),
    )


def _rates_that_differ(now: datetime) -> Waiting:
    del now
    return Waiting(
        RateProposal.objects.filter(closed_at__isnull=True).count(),
        gettext("Rates of tax that differ from the data set"),
        gettext("Look up from which day on they hold, and take them or leave ours."),
        url=reverse("office-taxes"),
    )


def _unconfirmed_numbers(now: datetime) -> Waiting:
    return Waiting(
        count_waiting(now=now),
        gettext("VAT numbers that nobody confirmed"),
        gettext("Until somebody does, their buyers pay the tax as usual."),
        url=reverse("office-tax-numbers"),
    )


def _stranded_paybacks(now: datetime) -> Waiting:
    del now
    found = Payback.objects.stranded(providers=providers.codes())
    return Waiting(
        found.count(),
        gettext("Paybacks whose provider is not set up any more"),
        gettext(
            "They may have arrived, and only their provider can tell. "
            "Set it up again, and they go on by themselves."
        ),
        url=reverse("office-money"),
        details=tuple(
            (f"{each.top_up.provider}: {Money(each.amount_micro, each.currency)}", "")
            for each in found.select_related("top_up").order_by("id")[:WAITING_DETAILS_MAX]
        ),
    )


def _until(name: str, ends_at: datetime | None) -> str:
    assert ends_at is not None, "only rows with an end can end soon"
    return gettext("%(name)s, before %(day)s") % {"name": name, "day": date_text(ends_at.date())}


def _payouts(now: datetime) -> Waiting:
    del now
    return Waiting(
        count_payouts(),
        gettext("Payouts to be approved or sent"),
        gettext("Their payees wait for the money."),
        url=reverse("office-payouts"),
    )


_KINDS: tuple[Callable[[datetime], Waiting], ...] = (
    _damaged_database,
    _lost_masters,
    doors_closed,
    chargebacks_unanswered,
    sweeps_due,
    bank_entries,
    bank_orders,
    differences,
    _stranded_paybacks,
    _payouts,
    _disputes,
    _copies,
    _matching,
    _doubts,
    _held_messages,
    _mailboxes_in_trouble,
    _first_files,
    _proposals,
    _places,
    _rates_that_differ,
    _unconfirmed_numbers,
    _kept,
    _sold_nowhere,
    _without_us_source,
    _agreements,
    _licenses,
    _tariff_lines,
)


def everything_waiting(*, now: datetime) -> list[Waiting]:
    """All kinds, with those that nothing waits for."""
    return [kind(now) for kind in _KINDS]
