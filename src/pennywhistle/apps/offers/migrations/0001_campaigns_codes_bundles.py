"""Campaigns with their codes, and bundles of releases."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pennywhistle.kernel.public_id


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0007_originals"),
        ("orders", "0010_offers_in_carts"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bundle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=pennywhistle.kernel.public_id.new_public_id,
                        max_length=12,
                        unique=True,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("list", "List"), ("artist", "Artist"), ("label", "Label")],
                        max_length=6,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("price_micro", models.BigIntegerField(null=True)),
                ("part_numerator", models.IntegerField(null=True)),
                ("part_denominator", models.IntegerField(null=True)),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "party",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BundledRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="named",
                        to="offers.bundle",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=pennywhistle.kernel.public_id.new_public_id,
                        max_length=12,
                        unique=True,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("part_numerator", models.IntegerField()),
                ("part_denominator", models.IntegerField()),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("is_listed", models.BooleanField()),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "supplier",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CampaignRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listed",
                        to="offers.campaign",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.release",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=24, unique=True)),
                ("uses_max", models.IntegerField(null=True)),
                ("used_count", models.IntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="offers.campaign",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("saved_micro", models.BigIntegerField()),
                ("redeemed_at", models.DateTimeField()),
                (
                    "buyer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="offers.code",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="orders.order",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bundle",
            index=models.Index(
                models.F("party"),
                condition=models.Q(("closed_at__isnull", True)),
                name="offers_bundle_open_of",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "list"), ("party__isnull", True)),
                    models.Q(
                        ("kind__in", ["artist", "label"]),
                        ("party__isnull", False),
                        ("price_micro__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="offers_bundle_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("currency__regex", "^[A-Z]{3}$"),
                        ("part_denominator__isnull", True),
                        ("part_numerator__isnull", True),
                        ("price_micro__gt", 0),
                    ),
                    models.Q(
                        ("currency", ""),
                        ("part_denominator__gt", models.F("part_numerator")),
                        ("part_numerator__gt", 0),
                        ("price_micro__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="offers_bundle_price_or_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_until__isnull", True),
                    ("valid_until__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="offers_bundle_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundledrelease",
            constraint=models.UniqueConstraint(
                models.F("bundle"), models.F("release"), name="offers_bundled_release_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("part_numerator__gt", 0), ("part_numerator__lte", models.F("part_denominator"))
                ),
                name="offers_campaign_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from__isnull", True),
                    ("valid_until__isnull", True),
                    ("valid_until__gt", models.F("valid_from")),
                    _connector="OR",
                ),
                name="offers_campaign_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignrelease",
            constraint=models.UniqueConstraint(
                models.F("campaign"), models.F("release"), name="offers_campaign_release_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="code",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_count__gte", 0),
                    models.Q(
                        ("uses_max__isnull", True),
                        ("used_count__lte", models.F("uses_max")),
                        _connector="OR",
                    ),
                ),
                name="offers_code_used_as_often_as_it_says",
            ),
        ),
        migrations.AddConstraint(
            model_name="code",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("uses_max__isnull", True), ("uses_max__gt", 0), _connector="OR"
                ),
                name="offers_code_uses",
            ),
        ),
        migrations.AddConstraint(
            model_name="code",
            constraint=models.CheckConstraint(
                condition=models.Q(("text__regex", "^[0-9A-Z]{4,24}$")), name="offers_code_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                models.F("code"), models.F("buyer"), name="offers_redemption_once_a_buyer"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("saved_micro__gt", 0)), name="offers_redemption_saved"
            ),
        ),
    ]
