"""What was not complete at the last look into a mailbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0008_first_files_are_vouched_for")]

    operations = [
        migrations.AddField(
            model_name="mailbox", name="waiting", field=models.JSONField(default=list)
        )
    ]
