"""Delivered documents are a kind of files of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0012_files_being_heard_and_mails_about_doubts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="deliveryfile",
            name="kind",
            field=models.CharField(
                choices=[
                    ("audio", "Audio"),
                    ("picture", "Picture"),
                    ("extra", "Extra"),
                    ("other", "Other"),
                ],
                max_length=8,
            ),
        ),
    ]
