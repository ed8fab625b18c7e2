"""Files for everybody, joined pages, and a count of what the open API is asked."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# Not logged: what was counted of a minute is worth nothing after a crash. One statement counts and
# answers, so that many processes count as one.
COUNTS = """
CREATE UNLOGGED TABLE reach_asked (
  who text NOT NULL,
  minute bigint NOT NULL,
  times integer NOT NULL,
  PRIMARY KEY (who, minute)
)
"""
# One page leads to another at once, never by way of a third: so no chain and no loop.
NO_CHAINS = """
CREATE FUNCTION reach_no_chains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('reach_joinedpage'), 0);
  -- As the rows are by now: an earlier one may have been led on in the same transaction.
  IF EXISTS (SELECT FROM reach_joinedpage a JOIN reach_joinedpage b ON b.party_id = a.leads_to_id
             WHERE NEW.party_id IN (a.party_id, b.party_id)) THEN
    RAISE EXCEPTION 'a page that leads elsewhere is led to' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reach_no_chains AFTER INSERT OR UPDATE ON reach_joinedpage
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reach_no_chains();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0002_the_store_may_add_a_subsidy"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[("sitemap", "Sitemap"), ("dump", "Dump")], max_length=8
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("mime_type", models.CharField(max_length=60)),
                ("sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("row_count", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint("group", "name", name="reach_file_once"),
                    models.CheckConstraint(
                        condition=Q(("changed_at__lte", F("made_at"))),
                        name="reach_file_changed_when_made",
                    ),
                    models.CheckConstraint(
                        condition=Q(("size_bytes__gte", 0), ("row_count__gte", 0)),
                        name="reach_file_counts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JoinedPage",
            fields=[
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="parties.party",
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                (
                    "leads_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("party", F("leads_to")), _negated=True),
                        name="reach_no_page_leads_to_itself",
                    ),
                ],
            },
        ),
        migrations.RunSQL(COUNTS, "DROP TABLE reach_asked"),
        migrations.RunSQL(NO_CHAINS, "DROP FUNCTION reach_no_chains() CASCADE"),
    ]
