"""The last head that witnesses cosigned is kept beside the head itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proof", "0003_shared_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="CosignedHead",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("checkpoint", models.TextField()),
                ("witnesses", models.JSONField()),
                ("is_quorum", models.BooleanField()),
                ("cosigned_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="proof_cosigned_is_one"
                    )
                ],
            },
        ),
    ]
