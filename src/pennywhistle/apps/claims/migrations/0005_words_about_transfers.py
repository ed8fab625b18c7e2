"""An operator's word about whose the sales of a catalog were; it is written once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WRITTEN_ONCE = """
CREATE TRIGGER claims_transferword_written_once
  BEFORE UPDATE OR DELETE OR TRUNCATE ON claims_transferword
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_links_are_kept"),
        ("claims", "0004_a_bounded_number_of_locks"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("rights", "0011_watched_for_subsidies"),
        ("users", "0002_what_is_written_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "whose",
                    models.CharField(
                        choices=[("old", "Old"), ("new", "New"), ("by-day", "By Day")], max_length=6
                    ),
                ),
                ("changes_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=2000)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rights.evidence",
                    ),
                ),
                (
                    "from_supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_words",
                        to="catalog.recording",
                    ),
                ),
                (
                    "to_supplier",
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
                        condition=models.Q(
                            models.Q(("changes_at__isnull", True), ("whose__in", ["old", "new"])),
                            models.Q(("changes_at__isnull", False), ("whose", "by-day")),
                            _connector="OR",
                        ),
                        name="claims_transferword_whose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="claims_transferword_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_supplier", models.F("to_supplier")), _negated=True
                        ),
                        name="claims_transferword_of_two",
                    ),
                ],
            },
        ),
        migrations.RunSQL(WRITTEN_ONCE, migrations.RunSQL.noop),
    ]
