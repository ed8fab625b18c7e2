"""Files that tell of works: what suppliers and societies sent, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import Evidence
from pennywhistle.kernel.public_id import new_public_id

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User


class WorksFileQuerySet(models.QuerySet["WorksFile"]):
    def sent_for(self, *, user: User) -> WorksFileQuerySet:
        """Files of the parties that this person acts for, newest first."""
        parties = Party.objects.acted_for_by(user=user)
        return self.filter(submitter__in=parties).order_by("-created_at", "-id")

    def waiting(self) -> WorksFileQuerySet:
        """Those that an operator has to let in or refuse, the oldest first."""
        return self.filter(state=WorksFile.State.WAITING).order_by("confirmed_at", "id")

    def relied_on(self) -> WorksFileQuerySet:
        """Those on which the register rests, or is about to."""
        return self.filter(state__in=WorksFile.RELIED_ON)


class WorksFile(models.Model):
    """A file that tells of works and their shares; its bytes are kept as evidence."""

    class Kind(models.TextChoices):
        CWR = "cwr", "CWR"
        CSV = "csv", "CSV"

    class State(models.TextChoices):
        CHECKING = "checking", gettext_noop("Being checked")
        REFUSED = "refused", gettext_noop("Refused")
        READY = "ready", gettext_noop("Waits for your word")
        WAITING = "waiting", gettext_noop("Waits for the store")
        RECORDING = "recording", gettext_noop("Being recorded")
        RECORDED = "recorded", gettext_noop("Recorded")

    RELIED_ON = ("recording", "recorded")

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    submitter = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="works_files")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    source_name = models.CharField(max_length=300)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="works_files")
    state = models.CharField(max_length=9, choices=State.choices, default=State.CHECKING)
    report = models.JSONField(null=True)
    # How many works there are to record, and how many are: where an interrupted run goes on.
    works_total = models.PositiveIntegerField(default=0)
    works_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    # A party's first file: which operator knows that it is theirs, or refused it, and why.
    vouched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    vouched_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=2_000, blank=True)

    objects = WorksFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("submitter", "evidence", "kind", name="intake_works_file_once"),
            # Whose word a share is, is known by the file that it rests on.
            models.UniqueConstraint(
                "evidence",
                name="intake_works_file_of_one",
                condition=Q(state__in=("recording", "recorded")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_name} of {self.submitter}"


class WorkNumber(models.Model):
    """What a submitter's own number for a work means, and how new what it last said of it is."""

    submitter = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="work_numbers")
    number = models.CharField(max_length=100)
    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="numbers")
    # When the file says that it was made; files may arrive in another order.
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("submitter", "number", name="intake_work_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.submitter}"


class WorksNews(models.Model):
    """What a works file says of another supplier's recordings: one row for each of them.

    `lines` has what (named or claimed), recording, isrc, work and the public id of a release; the
    first few of `line_count`.
    """

    works_file = models.ForeignKey(WorksFile, on_delete=models.PROTECT, related_name="news")
    supplier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    lines = models.JSONField(default=list)
    line_count = models.PositiveIntegerField(default=0)
    noted_at = models.DateTimeField()
    # When it was noted who is to be told; empty: the file is not recorded to its end.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("works_file", "supplier", name="intake_works_news_once"),
        ]
        indexes = [
            models.Index("id", name="intake_works_news_untold", condition=Q(told_at__isnull=True)),
        ]
        verbose_name_plural = "works news"

    def __str__(self) -> str:
        return f"{self.works_file} for {self.supplier}"


class WorksNotice(models.Model):
    """Somebody who acts for a supplier is told of news by mail: once, however often tried."""

    news = models.ForeignKey(WorksNews, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("news", "user", name="intake_works_notice_once"),
        ]
        indexes = [
            models.Index(
                "try_count",
                "id",
                name="intake_works_notice_waits",
                condition=Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is told of {self.news}"
