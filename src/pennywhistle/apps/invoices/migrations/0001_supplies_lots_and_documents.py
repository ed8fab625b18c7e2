"""Supplies as tax offices want them, lots of balances, numbered documents, doubts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0012_tax_that_moves"),
        ("taxes", "0004_guards_of_terms_and_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Supply",
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
                            ("sale", "Sale"),
                            ("refund", "Refund"),
                            ("top_up", "Top Up"),
                            ("payback", "Payback"),
                            ("moved_out", "Moved Out"),
                            ("moved_in", "Moved In"),
                        ],
                        max_length=9,
                    ),
                ),
                ("order_id", models.UUIDField(db_index=True, null=True)),
                ("occurred_at", models.DateTimeField()),
                ("quarter", models.CharField(max_length=7)),
                ("territory", models.CharField(max_length=2)),
                ("state", models.CharField(max_length=2)),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                (
                    "treatment",
                    models.CharField(
                        choices=[
                            ("domestic", "domestic"),
                            ("oss", "oss"),
                            ("reverse", "reverse"),
                            ("local", "local"),
                            ("outside", "outside"),
                        ],
                        max_length=8,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("gross_micro", models.BigIntegerField()),
                ("tax_micro", models.BigIntegerField()),
                ("prepaid_micro", models.BigIntegerField(default=0)),
                ("clues", models.JSONField(default=list)),
                ("is_settled", models.BooleanField()),
                ("is_contradicted", models.BooleanField(default=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="invoices.supply",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="taxes.sellerterms"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "vat_number",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="taxes.vatnumber"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_micro", models.BigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "supply",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lot",
                        to="invoices.supply",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PlaceDoubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("rival", models.CharField(blank=True, max_length=2)),
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
            name="PlaceDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("reason", models.CharField(max_length=2000)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "doubt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="invoices.placedoubt",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("next_index", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="invoices_reading_is_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
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
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")],
                        max_length=11,
                    ),
                ),
                ("year", models.SmallIntegerField()),
                ("last_number", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("kind"), models.F("year"), name="invoices_series_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_number__gte", 0)), name="invoices_series_number"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("code", models.CharField(max_length=30, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")],
                        max_length=11,
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
                ("issued_at", models.DateTimeField()),
                ("content", models.JSONField()),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="invoices.document",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="invoices.series"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                (
                    "supply",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="settlement",
                        serialize=False,
                        to="invoices.supply",
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("subject", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("postings", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Due",
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
                        choices=[("invoice", "Invoice"), ("credit_note", "Credit Note")],
                        max_length=11,
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
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
                        models.F("kind"), models.F("subject"), name="invoices_due_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LotMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_micro", models.BigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="invoices.lot",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("lot"), models.F("entry"), name="invoices_lot_move_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_micro", 0), _negated=True),
                        name="invoices_lot_move_moves",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="placedoubt",
            constraint=models.UniqueConstraint(
                models.F("user"),
                models.F("country"),
                condition=models.Q(("closed_at__isnull", True)),
                name="invoices_doubt_one_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="placedoubt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True),
                    ("closed_at__gte", models.F("recorded_at")),
                    _connector="OR",
                ),
                name="invoices_doubt_closed_after",
            ),
        ),
        migrations.AddConstraint(
            model_name="placedecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="invoices_decision_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                models.F("series"), models.F("number"), name="invoices_document_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                models.F("kind"), models.F("subject"), name="invoices_document_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects__isnull", True), ("kind", "invoice")),
                    models.Q(("corrects__isnull", False), ("kind", "credit_note")),
                    _connector="OR",
                ),
                name="invoices_credit_note_corrects",
            ),
        ),
        migrations.AddIndex(
            model_name="supply",
            index=models.Index(
                models.F("quarter"), models.F("treatment"), name="invoices_supply_by_quarter"
            ),
        ),
        migrations.AddIndex(
            model_name="supply",
            index=models.Index(
                models.F("user"),
                condition=models.Q(("is_contradicted", True)),
                name="invoices_supply_contradicted",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.UniqueConstraint(
                models.F("entry"),
                models.F("kind"),
                models.F("corrects"),
                name="invoices_supply_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(("numerator__gte", 0), ("denominator__gt", 0)),
                name="invoices_supply_rate",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("gross_micro__gte", 0),
                        ("tax_micro__gte", 0),
                        ("tax_micro__lte", models.F("gross_micro")),
                    ),
                    models.Q(
                        ("gross_micro__lte", 0),
                        ("tax_micro__gte", models.F("gross_micro")),
                        ("tax_micro__lte", 0),
                    ),
                    _connector="OR",
                ),
                name="invoices_supply_tax_is_a_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects__isnull", True), ("kind__in", ["sale", "top_up"])),
                    models.Q(
                        ("corrects__isnull", False),
                        ("kind__in", ["refund", "payback", "moved_out", "moved_in"]),
                    ),
                    _connector="OR",
                ),
                name="invoices_supply_corrects_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(
                models.F("entry"),
                models.F("supply"),
                name="invoices_lot_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_micro__gt", 0)), name="invoices_lot_positive"
            ),
        ),
    ]
