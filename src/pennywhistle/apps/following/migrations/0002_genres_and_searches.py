"""Genres and searches are followed too; news say what they are news of."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

NAMES = """
UPDATE following_news n SET name = p.name FROM parties_party p WHERE p.id = n.party_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_extras_and_musicbrainz"),
        ("following", "0001_follows_and_news"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="follow", name="following_once"),
        migrations.AlterField(
            model_name="follow",
            name="party",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="genre",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.genre",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="search",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(
                models.F("follower"),
                models.F("party"),
                models.F("genre"),
                models.F("search"),
                name="following_one_thing_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                name="following_one_thing",
                condition=Q(party__isnull=False, genre__isnull=True, search="")
                | Q(party__isnull=True, genre__isnull=False, search="")
                | (Q(party__isnull=True, genre__isnull=True) & ~Q(search="")),
            ),
        ),
        migrations.AddIndex(
            model_name="follow",
            index=models.Index(
                models.F("search"), name="following_searches", condition=~Q(search="")
            ),
        ),
        migrations.AddField(
            model_name="news",
            name="kind",
            field=models.CharField(
                choices=[("party", "Party"), ("genre", "Genre"), ("search", "Search")],
                default="party",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="news",
            name="name",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="news", name="party"),
        migrations.AddIndex(
            model_name="news",
            index=models.Index(
                models.F("follower"), models.F("noted_at"), name="following_news_of_reader"
            ),
        ),
        migrations.AddIndex(
            model_name="news",
            index=models.Index(models.F("noted_at"), name="following_news_by_time"),
        ),
        migrations.CreateModel(
            name="Noted",
            fields=[
                (
                    "id",
                    models.SmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="following_noted_is_one"
                    )
                ],
            },
        ),
    ]
