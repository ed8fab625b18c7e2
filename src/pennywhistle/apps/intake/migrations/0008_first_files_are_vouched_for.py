"""A party's first works file waits for an operator, who lets it in or says why not."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0007_standings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="worksfile",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "Being checked"),
                    ("refused", "Refused"),
                    ("ready", "Waits for your word"),
                    ("waiting", "Waits for the store"),
                    ("recording", "Being recorded"),
                    ("recorded", "Recorded"),
                ],
                default="checking",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="worksfile",
            name="vouched_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="worksfile", name="vouched_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="worksfile",
            name="refusal",
            field=models.CharField(blank=True, max_length=2000),
        ),
    ]
