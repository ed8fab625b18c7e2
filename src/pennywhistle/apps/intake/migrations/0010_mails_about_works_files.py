"""Suppliers are told by mail what others' works files say of their recordings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0009_what_a_mailbox_waits_for"),
        ("parties", "0002_the_store_may_add_a_subsidy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WorksNews",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lines", models.JSONField(default=list)),
                ("line_count", models.PositiveIntegerField(default=0)),
                ("noted_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                (
                    "works_file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="intake.worksfile",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "works news",
            },
        ),
        migrations.CreateModel(
            name="WorksNotice",
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
                (
                    "news",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="intake.worksnews",
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
        ),
        migrations.AddIndex(
            model_name="worksnews",
            index=models.Index(
                models.F("id"),
                condition=models.Q(("told_at__isnull", True)),
                name="intake_works_news_untold",
            ),
        ),
        migrations.AddConstraint(
            model_name="worksnews",
            constraint=models.UniqueConstraint(
                models.F("works_file"), models.F("supplier"), name="intake_works_news_once"
            ),
        ),
        migrations.AddIndex(
            model_name="worksnotice",
            index=models.Index(
                models.F("try_count"),
                models.F("id"),
                condition=models.Q(("sent_at__isnull", True)),
                name="intake_works_notice_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="worksnotice",
            constraint=models.UniqueConstraint(
                models.F("news"), models.F("user"), name="intake_works_notice_once"
            ),
        ),
    ]
