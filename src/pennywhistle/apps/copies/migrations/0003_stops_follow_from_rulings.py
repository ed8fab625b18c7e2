"""Which sales rulings stop follows from the rulings and the masters: no rows keep it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("copies", "0002_guards"),
        ("rights", "0015_what_stops_are_for"),
    ]

    operations = [migrations.DeleteModel("RuledStop")]
