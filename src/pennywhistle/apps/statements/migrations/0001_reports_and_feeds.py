"""Sales reports, and secret feeds of sales."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0013_bonuses"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SalesFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("account"),
                        models.F("user"),
                        condition=models.Q(("closed_at__isnull", True)),
                        name="statements_feed_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SalesReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "profile",
                    models.CharField(
                        choices=[
                            ("basic", "Society or publisher (DSR Part 3)"),
                            ("financial", "Record company (DSR Part 9)"),
                            ("mlc", "The Mechanical Licensing Collective (DSR Part 11)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("message_id", models.CharField(max_length=64, unique=True)),
                ("file_name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("figures_sha256", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField()),
                ("line_count", models.IntegerField()),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales_reports",
                        to="parties.party",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="statements.salesreport",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["party", "-id"], name="statements_report_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))),
                        name="statements_report_days",
                    ),
                    models.UniqueConstraint(
                        models.F("party"),
                        models.F("profile"),
                        models.F("currency"),
                        models.F("first_on"),
                        models.F("last_on"),
                        condition=models.Q(("replaces__isnull", True), ("sent_at__isnull", False)),
                        name="statements_report_sent_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("replaces__isnull", True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="statements_report_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("replaces__isnull", True), ("sent_at__isnull", False), _connector="OR"
                        ),
                        name="statements_report_replaces_when_sent",
                    ),
                ],
            },
        ),
    ]
