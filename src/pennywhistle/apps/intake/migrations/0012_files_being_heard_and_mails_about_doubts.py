"""Which files are being heard, and who is told of doubts by mail."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0011_doubts"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        ("rights", "0014_verdicts_by_what_they_are_about"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DoubtLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("noted_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("try_count", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="deliveryfile",
            name="heard_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="doubt",
            index=models.Index(models.F("opened_at"), name="intake_doubt_by_day"),
        ),
        migrations.AddIndex(
            model_name="doubtword",
            index=models.Index(models.F("said_at"), name="intake_doubt_word_by_day"),
        ),
        migrations.AddField(
            model_name="doubtletter",
            name="doubt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="intake.doubt",
            ),
        ),
        migrations.AddField(
            model_name="doubtletter",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="doubtletter",
            name="word",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="intake.doubtword",
            ),
        ),
        migrations.AddIndex(
            model_name="doubtletter",
            index=models.Index(
                models.F("try_count"),
                models.F("id"),
                condition=models.Q(("sent_at__isnull", True)),
                name="intake_doubt_letter_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="doubtletter",
            constraint=models.UniqueConstraint(
                models.F("doubt"),
                models.F("word"),
                models.F("user"),
                name="intake_doubt_letter_once",
                nulls_distinct=False,
            ),
        ),
    ]
