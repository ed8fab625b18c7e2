"""When to ask the provider about a top-up next; those open today are due at once."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_topups_and_notices")]

    operations = [
        migrations.AddField(
            "topup", "due_at", models.DateTimeField(db_default=Now()), preserve_default=False
        ),
        migrations.AlterField("topup", "due_at", models.DateTimeField()),
        migrations.AddIndex(
            "topup",
            models.Index(
                F("due_at"),
                condition=Q(state__in=["created", "pending"]),
                name="payments_topup_due",
            ),
        ),
    ]
