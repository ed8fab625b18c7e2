"""Knobs, disputes, warnings, payouts that fail, fees, and the Stripe-shaped face's answers."""

import django.db.models.deletion
from django.db import migrations, models

import pennywhistle.providers.fakepay.models.cases
import pennywhistle.providers.fakepay.models.moving


class Migration(migrations.Migration):
    dependencies = [("fakepay", "0002_refunds_take_their_time")]

    operations = [
        migrations.CreateModel(
            name="FakeKnobs",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("frozen_at", models.DateTimeField(null=True)),
                (
                    "webhooks",
                    models.CharField(
                        choices=[
                            ("once", "Once"),
                            ("twice", "Twice"),
                            ("reordered", "Reordered"),
                            ("late", "Late"),
                            ("lost", "Lost"),
                        ],
                        default="once",
                        max_length=10,
                    ),
                ),
                (
                    "refunds",
                    models.CharField(
                        choices=[("at-once", "At Once"), ("slow", "Slow"), ("fail", "Fail")],
                        default="at-once",
                        max_length=10,
                    ),
                ),
                (
                    "payouts",
                    models.CharField(
                        choices=[("at-once", "At Once"), ("slow", "Slow"), ("fail", "Fail")],
                        default="at-once",
                        max_length=10,
                    ),
                ),
                ("fee_ppm", models.PositiveIntegerField(default=0)),
                ("fee_micro", models.PositiveBigIntegerField(default=0)),
                ("dispute_fee_micro", models.PositiveBigIntegerField(default=15_000_000)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(id=1), name="fakepay_knobs_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(fee_ppm__lte=1_000_000), name="fakepay_knobs_fee"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="FakeAnswer",
            fields=[
                ("key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("asked", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FakeDispute",
            fields=[
                (
                    "ref",
                    models.CharField(
                        default=pennywhistle.providers.fakepay.models.cases.new_dispute_ref,
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("amount_micro", models.BigIntegerField()),
                ("fee_micro", models.BigIntegerField()),
                ("answer_fee_micro", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("answered", "Answered"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("is_inquiry", models.BooleanField(default=False)),
                ("reason", models.CharField(default="fraudulent", max_length=60)),
                ("opened_at", models.DateTimeField()),
                ("answer_until", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer_key", models.CharField(blank=True, max_length=255)),
                ("evidence", models.JSONField(default=dict)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispute",
                        to="fakepay.fakepayment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(amount_micro__gt=0), name="fakepay_dispute_amount"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(state__in=["won", "lost"], closed_at__isnull=False)
                        | models.Q(state__in=["open", "answered"], closed_at__isnull=True),
                        name="fakepay_dispute_closed",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="FakeWarning",
            fields=[
                (
                    "ref",
                    models.CharField(
                        default=pennywhistle.providers.fakepay.models.cases.new_warning_ref,
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("told_at", models.DateTimeField()),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="warning",
                        to="fakepay.fakepayment",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "fakepayment", "card", models.CharField(blank=True, default="", max_length=20)
        ),
        migrations.AddField(
            "fakepayment", "is_challenge_wanted", models.BooleanField(default=False)
        ),
        migrations.AddField("fakepayment", "is_challenged", models.BooleanField(default=False)),
        migrations.AddField("fakepayment", "is_stripe_shaped", models.BooleanField(default=False)),
        migrations.AddField("fakepayment", "paid_at", models.DateTimeField(null=True)),
        migrations.AddField("fakepayment", "fee_micro", models.BigIntegerField(default=0)),
        migrations.AlterField(
            "fakepayment", "notify_url", models.URLField(blank=True, max_length=600)
        ),
        migrations.AddField("fakerefund", "is_doomed", models.BooleanField(default=False)),
        migrations.AddField("fakerefund", "ref", models.CharField(default="", max_length=40)),
        migrations.RunSQL(
            "UPDATE fakepay_fakerefund SET ref = 'fr_' || left(md5(key), 24)",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            "fakerefund",
            "ref",
            models.CharField(
                default=pennywhistle.providers.fakepay.models.moving.new_refund_ref,
                max_length=40,
                unique=True,
            ),
        ),
        migrations.AlterField(
            "fakepayout", "account", models.CharField(blank=True, max_length=120)
        ),
        migrations.AddField(
            "fakepayout",
            "state",
            models.CharField(
                choices=[("pending", "Pending"), ("paid", "Paid"), ("failed", "Failed")],
                default="paid",
                max_length=10,
            ),
        ),
        migrations.AddField("fakepayout", "is_doomed", models.BooleanField(default=False)),
        migrations.AddField("fakepayout", "settles_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "fakepayout",
            models.CheckConstraint(
                condition=models.Q(state="paid") | models.Q(settles_at__isnull=False),
                name="fakepay_payout_settles",
            ),
        ),
        migrations.AddField(
            "fakewebhook",
            "about",
            models.CharField(
                choices=[
                    ("payment", "Payment"),
                    ("refund", "Refund"),
                    ("dispute", "Dispute"),
                    ("warning", "Warning"),
                ],
                default="payment",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "fakewebhook", "subject_ref", models.CharField(blank=True, max_length=40)
        ),
        migrations.AddField(
            "fakewebhook", "copy_count", models.PositiveSmallIntegerField(default=1)
        ),
    ]
