"""Refunds that are on their way for a while, and may fail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fakepay", "0001_payments_refunds_payouts_webhooks")]

    operations = [
        migrations.AlterField(
            "fakepayment",
            "scenario",
            models.CharField(
                blank=True,
                choices=[
                    ("succeed", "Succeed"),
                    ("secure", "Secure"),
                    ("delay", "Delay"),
                    ("decline", "Decline"),
                    ("no-refund", "No Refund"),
                    ("cancel", "Cancel"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            "fakerefund",
            "state",
            models.CharField(
                choices=[("pending", "Pending"), ("done", "Done"), ("failed", "Failed")],
                default="done",
                max_length=10,
            ),
        ),
        migrations.AddField("fakerefund", "settles_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "fakerefund",
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(settles_at__isnull=False),
                name="fakepay_refund_settles",
            ),
        ),
    ]
