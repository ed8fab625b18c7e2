"""Tokens with which programs read the open catalog."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_access_tokens"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="accesstoken", name="users_access_token_scope"),
        migrations.AlterField(
            model_name="accesstoken",
            name="scope",
            field=models.CharField(
                choices=[("shelf", "Shelf"), ("catalog", "Catalog")], max_length=20
            ),
        ),
        migrations.AddConstraint(
            model_name="accesstoken",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["shelf", "catalog"])),
                name="users_access_token_scope",
            ),
        ),
    ]
