"""Which works recordings may play: proposals, and what is still to be looked at."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whatever can make a match is noted by the database, by whichever door it came. Several notes of
# one row do no harm.
NOTED = """
CREATE FUNCTION intake_match_recording() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO intake_matchdue (kind, row_id) SELECT 'recording', id FROM changed ORDER BY id;
  RETURN NULL;
END $$;

CREATE FUNCTION intake_match_recording_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO intake_matchdue (kind, row_id)
    SELECT 'recording', n.id FROM changed n JOIN before o USING (id)
    WHERE (o.title, o.isrc) IS DISTINCT FROM (n.title, n.isrc) ORDER BY n.id;
  RETURN NULL;
END $$;

CREATE FUNCTION intake_match_played() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO intake_matchdue (kind, row_id)
    SELECT DISTINCT 'recording', recording_id FROM changed ORDER BY recording_id;
  RETURN NULL;
END $$;

CREATE FUNCTION intake_match_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO intake_matchdue (kind, row_id)
    SELECT DISTINCT 'work', work_id FROM changed WHERE work_id IS NOT NULL ORDER BY work_id;
  RETURN NULL;
END $$;

CREATE TRIGGER intake_match_added AFTER INSERT ON catalog_recording
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION intake_match_recording();
CREATE TRIGGER intake_match_changed AFTER UPDATE ON catalog_recording
  REFERENCING OLD TABLE AS before NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION intake_match_recording_changed();
CREATE TRIGGER intake_match_played AFTER INSERT ON catalog_recordingwork
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION intake_match_played();
CREATE TRIGGER intake_match_closed AFTER UPDATE ON catalog_recordingwork
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION intake_match_played();
CREATE TRIGGER intake_match_owned AFTER INSERT ON rights_ownershipshare
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION intake_match_work();
CREATE TRIGGER intake_match_named AFTER INSERT ON intake_namedisrc
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION intake_match_work();
"""

# A store that has recordings already: each is looked at once.
ALL_DUE = "INSERT INTO intake_matchdue (kind, row_id) SELECT 'recording', id FROM catalog_recording"

NO_LONGER_NOTED = """
DROP TRIGGER intake_match_added ON catalog_recording;
DROP TRIGGER intake_match_changed ON catalog_recording;
DROP TRIGGER intake_match_played ON catalog_recordingwork;
DROP TRIGGER intake_match_closed ON catalog_recordingwork;
DROP TRIGGER intake_match_owned ON rights_ownershipshare;
DROP TRIGGER intake_match_named ON intake_namedisrc;
DROP FUNCTION intake_match_recording();
DROP FUNCTION intake_match_recording_changed();
DROP FUNCTION intake_match_played();
DROP FUNCTION intake_match_work();
"""

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
_STATES = [
    ("waiting", "Waiting"),
    ("linked", "Certain, linked at once"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("settled", "Settled otherwise"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_parcels_and_arrivals"),
        ("catalog", "0005_titles_by_key"),
        ("rights", "0011_watched_for_subsidies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MatchDue",
            fields=[
                ("id", _ID),
                ("kind", models.CharField(max_length=9)),
                ("row_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="NamedIsrc",
            fields=[
                ("id", _ID.clone()),
                ("isrc", models.CharField(max_length=12)),
                (
                    "work",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.work",
                    ),
                ),
                (
                    "submitter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("isrc"),
                        models.F("work"),
                        models.F("submitter"),
                        name="intake_named_isrc_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchProposal",
            fields=[
                ("id", _ID.clone()),
                (
                    "state",
                    models.CharField(choices=_STATES, default="waiting", max_length=8),
                ),
                ("permille", models.PositiveSmallIntegerField()),
                ("rule", models.CharField(max_length=20)),
                ("title_permille", models.PositiveSmallIntegerField()),
                ("people", models.JSONField(default=list)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="match_proposals",
                        to="catalog.recording",
                    ),
                ),
                (
                    "work",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.work",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("recording"),
                        condition=models.Q(("state", "waiting")),
                        name="intake_match_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("recording"),
                        models.F("work"),
                        name="intake_match_proposal_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("permille__lte", 1000), ("title_permille__lte", 1000)),
                        name="intake_match_proposal_permille",
                    ),
                ],
            },
        ),
        migrations.RunSQL(NOTED, NO_LONGER_NOTED),
        migrations.RunSQL(ALL_DUE, migrations.RunSQL.noop),
    ]
