"""Lists that mandates are limited to: made, filled, emptied and renamed by whoever acts for one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.urls import reverse

from builders import NOON
from pennywhistle.apps.catalog.models import Recording, Work
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights.actions import MandateTerms, record_mandate, record_repertoire
from pennywhistle.apps.rights.models import Mandate, Repertoire, RepertoireMember
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

ISRC, ISWC = "AA6Q72000047", "T0345246801"


@dataclass
class Desk:
    """A label's browser, its list, and a work and a recording of it that have codes."""

    client: object
    label_id: int
    listed: Repertoire
    work: Work
    recording: Recording

    def url(self, name: str = "studio-repertoire") -> str:
        return reverse(name, args=[self.listed.pk])

    def on(self) -> set[tuple[int | None, int | None]]:
        members = RepertoireMember.objects.open().filter(repertoire__name=self.listed.name)
        return set(members.values_list("work_id", "recording_id"))


@pytest.fixture
def desk(ada) -> Desk:
    label = ada.shelf.release.supplier
    recording = ada.shelf.tracks[0].recording
    work = recording.works.get()
    Work.objects.filter(id=work.pk).update(iswc=ISWC, title="The Long Rain")
    Recording.objects.filter(id=recording.pk).update(isrc=ISRC, title="The Long Rain (Live)")
    listed = record_repertoire(owner_id=label.pk, name="Early songs", now=NOON)
    return Desk(ada.client, label.pk, listed, work, recording)


def limited(desk: Desk, *, notice_days: int = 0) -> Mandate:
    terms = MandateTerms(
        from_party_id=desk.label_id,
        to_party_id=ensure_party(name="Society").pk,
        rights=("MECH",),
        territories=Territories.worldwide(),
        valid=Period.always(),
        repertoire_id=desk.listed.pk,
        notice_days=notice_days,
    )
    return record_mandate(terms=terms, now=NOON)


def test_a_list_is_made_once_and_found(desk) -> None:
    said = {"owner": desk.label_id, "name": "Late songs"}
    for _ in range(2):
        answer = desk.client.post(reverse("studio-repertoires"), said)

    made = Repertoire.objects.open().get(name="Late songs")
    assert answer.url == reverse("studio-repertoire", args=[made.pk])
    assert "Late songs" in desk.client.get(reverse("studio-repertoires")).content.decode()


def test_nobody_makes_a_list_for_somebody_else(desk, bob) -> None:
    said = {"owner": bob.shelf.release.supplier_id, "name": "Mine"}

    assert desk.client.post(reverse("studio-repertoires"), said).status_code == 400
    assert not Repertoire.objects.filter(name="Mine").exists()


def test_a_table_is_pasted_as_it_is(desk, bob) -> None:
    theirs = bob.shelf.tracks[0].recording
    Recording.objects.filter(id=theirs.pk).update(isrc="AA6Q72000048")
    pasted = f'Title;Code\n"The Long Rain";"T-034.524.680-1"\n{ISRC},x\nAA6Q72000048\n'

    shown = desk.client.post(desk.url("studio-repertoire-add"), {"pasted": pasted}, follow=True)

    assert desk.on() == {(desk.work.pk, None), (None, desk.recording.pk)}
    text = shown.content.decode()
    assert "2 were added." in text
    assert "2 lines name nothing in which the party has a share: Title;Code, AA6Q72000048" in text


@pytest.mark.parametrize("query", ["long rain", "T-034.524.680-1", ISRC])
def test_what_is_found_is_added_with_a_button(desk, query) -> None:
    shown = desk.client.get(desk.url(), {"q": query}).content.decode()
    ref = f"recording-{desk.recording.pk}" if query == ISRC else f"work-{desk.work.pk}"
    assert f'value="{ref}"' in shown

    desk.client.post(desk.url("studio-repertoire-add"), {"pasted": ref})

    assert len(desk.on()) == 1
    assert "On the list</span>" in desk.client.get(desk.url(), {"q": query}).content.decode()


def test_what_others_own_is_not_found(desk, bob) -> None:
    bobs = Work.objects.filter(recordings__tracks__release=bob.shelf.release).first()
    Work.objects.filter(id=bobs.pk).update(title="Nobody's Rain")

    shown = desk.client.get(desk.url(), {"q": "Nobody"}).content.decode()
    desk.client.post(desk.url("studio-repertoire-add"), {"pasted": f"work-{bobs.pk}"})

    assert "Nobody&#x27;s Rain" not in shown
    assert not desk.on()


def test_what_is_removed_is_gone_and_needs_no_share(desk, bob) -> None:
    theirs = bob.shelf.tracks[0].recording_id
    RepertoireMember.objects.create(repertoire=desk.listed, recording_id=theirs, recorded_at=NOON)

    for ref, status in ((f"recording-{theirs}", 302), ("nothing", 404)):
        answer = desk.client.post(desk.url("studio-repertoire-remove"), {"ref": ref})
        assert answer.status_code == status

    assert not desk.on()


def test_what_a_mandate_with_notice_reaches_is_not_taken_off(desk) -> None:
    desk.client.post(desk.url("studio-repertoire-add"), {"pasted": ISWC})
    limited(desk, notice_days=90)

    answer = desk.client.post(
        desk.url("studio-repertoire-remove"), {"ref": f"work-{desk.work.pk}"}, follow=True
    )

    assert desk.on() == {(desk.work.pk, None)}
    assert "needs 90 days of notice" in answer.content.decode()


def test_a_list_keeps_its_members_and_mandates_under_another_name(desk) -> None:
    desk.client.post(desk.url("studio-repertoire-add"), {"pasted": ISWC})
    before = limited(desk)

    answer = desk.client.post(desk.url("studio-repertoire-rename"), {"name": "Songs to 1990"})

    renamed = Repertoire.objects.open().get(name="Songs to 1990")
    assert answer.url == reverse("studio-repertoire", args=[renamed.pk])
    assert desk.client.get(desk.url()).status_code == 404
    (member,) = RepertoireMember.objects.open()
    assert (member.repertoire, member.work) == (renamed, desk.work)
    (mandate,) = Mandate.objects.open()
    assert (mandate.repertoire, mandate.to_party) == (renamed, before.to_party)
    assert "Society" in desk.client.get(answer.url).content.decode()


def test_a_name_that_another_list_has_is_refused(desk) -> None:
    record_repertoire(owner_id=desk.label_id, name="Late songs", now=NOON)

    answer = desk.client.post(desk.url("studio-repertoire-rename"), {"name": "Late songs"})

    assert answer.status_code == 400
    assert "has another list named Late songs" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("studio-repertoire", None),
        ("studio-repertoire-add", {"pasted": ISWC}),
        ("studio-repertoire-remove", {"ref": "work-1"}),
        ("studio-repertoire-rename", {"name": "Theirs"}),
    ],
)
def test_a_list_of_somebody_else_is_not_there(desk, bob, name, said) -> None:
    ask = bob.client.get if said is None else bob.client.post

    assert ask(desk.url(name), said).status_code == 404
    assert not desk.on()


def test_pages_of_a_list_follow_one_another(desk, monkeypatch) -> None:
    monkeypatch.setattr("pennywhistle.apps.rights.repertoires.members_per_page", 1)
    monkeypatch.setattr("pennywhistle.interfaces.studio.repertoires.members_per_page", 1)
    desk.client.post(desk.url("studio-repertoire-add"), {"pasted": f"{ISWC}\n{ISRC}"})
    first = RepertoireMember.objects.open().order_by("id").first()

    shown = desk.client.get(desk.url()).content.decode()

    assert f"?after={first.pk}" in shown
    following = desk.client.get(desk.url(), {"after": first.pk}).content.decode()
    assert "The Long Rain (Live)" in following
