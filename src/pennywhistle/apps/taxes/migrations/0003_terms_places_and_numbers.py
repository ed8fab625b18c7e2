"""Terms of the seller, clues to places, numbers of businesses, rates that others know."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("taxes", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RateReading",
            fields=[
                ("version", models.DateField(primary_key=True, serialize=False)),
                ("percents", models.JSONField()),
                ("read_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("per_euro", models.DecimalField(decimal_places=8, max_digits=18)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("currency"), models.F("day"), name="taxes_exchange_rate_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("per_euro__gt", 0)), name="taxes_exchange_rate_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RateProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("territory", models.CharField(max_length=2)),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                ("begins_on", models.DateField(null=True)),
                ("version", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("territory"),
                        condition=models.Q(("closed_at__isnull", True)),
                        name="taxes_proposal_one_a_territory",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("numerator__gte", 0),
                            ("denominator__gt", 0),
                            ("numerator__lte", models.F("denominator")),
                        ),
                        name="taxes_proposal_is_a_part",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SellerTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateTimeField(unique=True)),
                ("legal_name", models.CharField(max_length=300)),
                ("street", models.CharField(max_length=200)),
                ("postcode", models.CharField(max_length=20)),
                ("city", models.CharField(max_length=100)),
                ("country", models.CharField(max_length=2)),
                ("email", models.EmailField(max_length=254)),
                ("vat_number", models.CharField(blank=True, max_length=20)),
                ("tax_number", models.CharField(blank=True, max_length=40)),
                (
                    "scheme",
                    models.CharField(
                        choices=[("none", "none"), ("home", "home"), ("oss", "oss")], max_length=4
                    ),
                ),
                ("clues_needed", models.SmallIntegerField(default=2)),
                (
                    "vat_point",
                    models.CharField(
                        choices=[("sale", "Sale"), ("topup", "Top Up")],
                        default="sale",
                        max_length=5,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                        name="taxes_terms_country",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("legal_name", ""), _negated=True),
                            models.Q(("street", ""), _negated=True),
                            models.Q(("city", ""), _negated=True),
                        ),
                        name="taxes_terms_name_a_seller",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scheme__in", ["none", "home", "oss"])),
                        name="taxes_terms_scheme",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("clues_needed__in", [1, 2])),
                        name="taxes_terms_clues_needed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("vat_point__in", ["sale", "topup"])),
                        name="taxes_terms_vat_point",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VatNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("number", models.CharField(max_length=20)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VatAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by", models.CharField(max_length=254)),
                ("is_valid", models.BooleanField()),
                ("asked_at", models.DateTimeField()),
                ("document", models.JSONField()),
                (
                    "number",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="taxes.vatnumber",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PlaceClue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("declared", "declared"),
                            ("network", "network"),
                            ("payment", "payment"),
                            ("other", "other"),
                        ],
                        max_length=8,
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("day", models.DateField()),
                ("seen_at", models.DateTimeField()),
                ("source", models.CharField(max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("user"),
                        models.F("kind"),
                        models.F("country"),
                        models.F("day"),
                        name="taxes_clue_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                        name="taxes_clue_names_a_country",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["declared", "network", "payment", "other"])
                        ),
                        name="taxes_clue_is_of_a_kind",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="vatnumber",
            constraint=models.UniqueConstraint(
                models.F("user"),
                condition=models.Q(("closed_at__isnull", True)),
                name="taxes_vat_number_one_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="vatnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    ("closed_at__gte", models.F("recorded_at")),
                    _connector="OR",
                ),
                name="taxes_vat_number_closed_after",
            ),
        ),
    ]
