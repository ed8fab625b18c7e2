"""Societies' pages: what they show, what they do, and whom they let in."""

import csv
import io
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from builders import NOON, a_buyer, a_shelf, a_user, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.apps.rights.models import License, Mandate
from pennywhistle.apps.societies.actions import SocietyTerms, distribute, set_up_society
from pennywhistle.apps.societies.models import Distribution, Proposal
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db

TARIFF = Tariff(id=0, name="Unit downloads", currency="USD", percent=Fraction(9, 100))
PAGES = [
    "studio-society",
    "studio-society-members",
    "studio-society-join",
    "studio-society-proposals",
    "studio-society-repertoire",
    "studio-society-usage",
    "studio-society-usage-csv",
    "studio-society-distributions",
]


def acting_for(*parties, email):
    user = a_user(email)
    for party in parties:
        let_act(party_id=party.pk, user_id=user.pk)
    client = Client()
    client.force_login(user)
    return client


class Town:
    """A society with a member and a stranger, three sales, and somebody who acts for each."""

    def __init__(self):
        self.shelf = a_shelf()
        self.society = a_society("=Society of Tests", tariff=TARIFF, unidentified_by="a law")
        writers = written_by(self.shelf, {"Ada": Fraction(1, 2), "Stranger": Fraction(1, 2)})
        self.ada, self.stranger = writers["Ada"], writers["Stranger"]
        self.mandate_id = mandate(self.ada, self.society)
        terms = SocietyTerms(Fraction(1, 10), "administration", about="Tests.", rules="By shares.")
        set_up_society(party_id=self.society.pk, terms=terms)
        for number in range(3):
            check_out(
                buyer_id=a_buyer(f"buyer-{number}@example.org").pk,
                wanted=[self.shelf.track(1)],
                territory="FR",
                shown=usd("0.14"),
                key=f"sale-{number}",
                now=NOON,
            )
        sequencer.order_waiting()
        self.client = acting_for(self.society, email="society@example.org")
        self.member = acting_for(self.ada, email="ada@example.org")
        self.other = acting_for(ensure_party(name="Other"), email="other@example.org")

    def at(self, name, *more):
        return reverse(name, args=[self.society.public_id, *more])

    def distributed(self):
        now = timezone.now()
        (made,) = distribute(society_id=self.society.pk, period_end=now, now=now)
        return made


@pytest.fixture
def town(store) -> Town:
    return Town()


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_the_societys_own(town, name):
    assert town.client.get(town.at(name)).status_code == 200
    for stranger in (town.member, town.other):
        assert stranger.get(town.at(name)).status_code == 404
    assert Client().get(town.at(name)).status_code == 302


def test_others_neither_distribute_nor_end_mandates(town):
    posted = {"period_end": NOON.isoformat()}
    for stranger in (town.member, town.other):
        assert stranger.post(town.at("studio-society-distribute"), posted).status_code == 404
        left = stranger.post(town.at("studio-society-leave", town.mandate_id))
        assert left.status_code == 404
        joined = stranger.post(town.at("studio-society-join"), joining(town.stranger))
        assert joined.status_code == 404
    assert Distribution.objects.count() == 0
    assert Mandate.objects.open().get().valid_until is None


def test_a_society_ends_no_mandate_of_another(town):
    other = ensure_party(name="Other Society")
    foreign = mandate(town.stranger, other)
    answer = town.client.post(town.at("studio-society-leave", foreign))
    assert answer.status_code == 404


def joining(party, **changes):
    return {
        "member": party.public_id,
        "document": SimpleUploadedFile("mandate.pdf", b"signed"),
        "rights": list(WORK_RIGHTS),
        "included": "FR, DE",
        "excluded": "",
        "notice_days": "90",
        **changes,
    }


def test_a_member_joins_by_its_signed_mandate(town):
    newcomer = ensure_party(name="Newcomer")
    answer = town.client.post(town.at("studio-society-join"), joining(newcomer))
    assert answer.status_code == 302
    given = Mandate.objects.open().get(from_party=newcomer)
    assert (given.to_party_id, given.notice_days) == (town.society.pk, 90)
    assert given.evidence.recorded_by.email == "society@example.org"
    page = town.client.get(town.at("studio-society-members")).content.decode()
    assert "Newcomer" in page
    assert "Ada" in page
    # Its own mandate does not keep the society from recording it again.
    assert town.client.post(town.at("studio-society-join"), joining(newcomer)).status_code == 302
    town.client.post(town.at("studio-society-leave", given.pk))
    ends = Mandate.objects.open().get(from_party=newcomer).valid_until
    assert abs(ends - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)


def test_whom_others_made_known_joins_only_by_the_stores_word(town):
    with_studio = ensure_party(name="With Studio")
    acting_for(with_studio, email="with-studio@example.org")
    mandated = ensure_party(name="Mandated")
    mandate(mandated, ensure_party(name="Other Society"))
    before = Mandate.objects.count()
    for party in (with_studio, town.stranger):
        answer = town.client.post(town.at("studio-society-join"), joining(party), follow=True)
        assert "The store was asked" in answer.content.decode()
    exclusive = joining(mandated, is_exclusive="on")
    answer = town.client.post(town.at("studio-society-join"), exclusive)
    assert answer.status_code == 400  # another has it exclusively: no proposal either
    assert Mandate.objects.count() == before
    assert [each.terms["member"] for each in Proposal.objects.open()] == [
        with_studio.pk,
        town.stranger.pk,
    ]
    page = town.client.get(town.at("studio-society-proposals")).content.decode()
    assert "With Studio joins" in page
    assert "Waits for the store" in page


def proposing(**changes):
    return {
        "name": "Downloads",
        "percent": "9",
        "minimum": "0.02",
        "source": "Our list of 2026-01-01",
        "document": SimpleUploadedFile("license.pdf", b"signed"),
        "included": "FR, BE",
        **changes,
    }


def test_a_society_proposes_a_license_and_nothing_holds_yet(town):
    before = License.objects.count()
    answer = town.client.post(town.at("studio-society-proposals"), proposing(), follow=True)
    assert "Nothing holds before it accepts" in answer.content.decode()
    assert "A license by Downloads: 9 %, at least $0.02 a track" in answer.content.decode()
    assert License.objects.count() == before
    proposal = Proposal.objects.get()
    assert proposal.evidence.recorded_by == proposal.proposed_by
    for stranger in (town.member, town.other):
        assert stranger.post(town.at("studio-society-proposals"), proposing()).status_code == 404


def test_a_proposal_that_makes_no_sense_is_refused_at_once(town):
    wrong = proposing(percent="0", minimum="")
    assert town.client.post(town.at("studio-society-proposals"), wrong).status_code == 400
    no_document = proposing(document="")
    assert town.client.post(town.at("studio-society-proposals"), no_document).status_code == 400
    assert not Proposal.objects.exists()


def test_a_society_pays_what_it_kept_once_the_owner_has_joined(town):
    town.distributed()
    assert "Nothing moves" in pay_late(town)
    mandate(town.stranger, town.society)
    assert "1 member was paid" in pay_late(town)
    assert "Nothing moves" in pay_late(town)
    for stranger in (town.member, town.other):
        assert stranger.post(town.at("studio-society-late")).status_code == 404


def pay_late(town):
    return town.client.post(town.at("studio-society-late"), follow=True).content.decode()


def test_who_acts_for_both_says_it_for_both(town):
    both = acting_for(town.society, town.stranger, email="both@example.org")
    answer = both.post(town.at("studio-society-join"), joining(town.stranger))
    assert answer.status_code == 302
    assert Mandate.objects.open().get(from_party=town.stranger).to_party == town.society


@pytest.mark.parametrize(
    "changes",
    [
        {"document": ""},
        {"document": SimpleUploadedFile("empty.pdf", b"")},
        {"member": "nobody at all"},
        {"rights": []},
        {"notice_days": "-1"},
        {"included": "ZZ"},
    ],
)
def test_a_mandate_without_what_it_needs_is_refused(town, changes):
    newcomer = ensure_party(name="Newcomer")
    answer = town.client.post(town.at("studio-society-join"), joining(newcomer, **changes))
    assert answer.status_code == 400
    assert Mandate.objects.count() == 1


def test_a_society_is_no_member_of_itself(town):
    answer = town.client.post(town.at("studio-society-join"), joining(town.society))
    assert answer.status_code == 400


def test_usage_adds_up_as_csv_and_no_cell_is_a_formula(town):
    shares_of_formula(town)
    text = b"".join(town.client.get(town.at("studio-society-usage-csv")).streaming_content)
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    total = sum(Fraction(row["due_micro_exact"]) for row in rows)
    account = sum(Fraction(row["due_micro_exact"]) for row in rows if row["reason"] != "rounding")
    assert account == 3 * 140_000 * Fraction(9, 100)
    assert total == int(total)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def shares_of_formula(town):
    """The work is called like a formula."""
    work = town.shelf.tracks[0].recording.works.get()
    work.title = "=HYPERLINK(1)"
    work.save()
    record_shares(
        subject=Subject(work_id=work.pk),
        claims=[
            Claim(
                party_id=town.ada.pk,
                right=right,
                role="Composer",
                part=Fraction(1, 2),
                territories=Territories.worldwide(),
                valid=Period.always(),
            )
            for right in WORK_RIGHTS
        ],
        now=NOON,
    )


def test_a_distribution_is_seen_first_and_made_once(town):
    page = town.client.get(
        town.at("studio-society-distributions"), {"last_day": timezone.now().date().isoformat()}
    )
    period_end = page.context["period_end_text"]
    assert Distribution.objects.count() == 0
    shown = page.context["plans"][0]
    for _ in range(2):
        answer = town.client.post(town.at("studio-society-distribute"), {"period_end": period_end})
        assert answer.status_code == 302
    (made,) = Distribution.objects.all()
    found = town.client.get(reverse("studio-distribution", args=[made.pk]))
    assert found.context["row"]["paid"] == shown["paid"]
    assert [row["net"] for row in found.context["rows"]] == [row["net"] for row in shown["rows"]]


@pytest.mark.parametrize(
    "period_end", ["", "soon", "2026-11-21T12:00:00", "0001-01-01T00:00+14:00"]
)
def test_a_period_that_is_none_is_not_found(town, period_end):
    posted = {"period_end": period_end}
    assert town.client.post(town.at("studio-society-distribute"), posted).status_code == 404
    assert Distribution.objects.count() == 0


def test_the_future_is_not_distributed(town):
    later = (timezone.now() + timedelta(days=2)).isoformat()
    answer = town.client.post(town.at("studio-society-distribute"), {"period_end": later})
    assert answer.status_code == 302
    assert Distribution.objects.count() == 0


def test_members_see_their_own_and_nobody_elses(town):
    made = town.distributed()
    mine = [made.pk, town.ada.public_id]
    for name in ("studio-distribution-member", "studio-distribution-csv"):
        assert town.member.get(reverse(name, args=mine)).status_code == 200
        assert town.client.get(reverse(name, args=mine)).status_code == 200
        assert town.other.get(reverse(name, args=mine)).status_code == 404
        strangers = [made.pk, town.stranger.public_id]
        assert town.member.get(reverse(name, args=strangers)).status_code == 404
    assert town.member.get(reverse("studio-distribution", args=[made.pk])).status_code == 404
    everything = reverse("studio-distribution-csv", args=[made.pk, "all"])
    assert town.member.get(everything).status_code == 404
    assert town.client.get(everything).status_code == 200
    assert "Ada" in town.member.get(reverse("studio-societies")).content.decode()
    assert "Ada" not in town.other.get(reverse("studio-societies")).content.decode()
    sales = town.member.get(reverse("studio-sales")).content.decode()
    assert "Distribution by =Society of Tests" in sales


def test_anybody_finds_an_unclaimed_work(town):
    town.distributed()
    page = Client().get(reverse("unclaimed"), {"q": "track 1"})
    assert page.status_code == 200
    assert len(page.context["rows"]) == 1
    for strange in ({"q": "\x00'; --"}, {"page": "-1"}, {"page": "9999"}, {"page": "1e9"}):
        assert Client().get(reverse("unclaimed"), strange).status_code == 200
