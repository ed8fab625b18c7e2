"""The guard of mandates walks a few rows; compiling its query first takes longer than the walk."""

from django.db import migrations

WITHOUT_COMPILING = "ALTER FUNCTION rights_guard_mandate() SET jit = off;"


class Migration(migrations.Migration):
    dependencies = [("rights", "0008_watched_for_availability")]

    operations = [migrations.RunSQL(WITHOUT_COMPILING, migrations.RunSQL.noop)]
