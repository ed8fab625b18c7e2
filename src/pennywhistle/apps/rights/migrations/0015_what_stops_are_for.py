"""Stops say what they are for, so that whoever made one for a cause lifts only its own."""

from django.db import migrations, models

# Those that stand were known by their sentences. What is closed once is not changed otherwise,
# so the guard is off for this one statement.
CAUSES = """
ALTER TABLE rights_stop DISABLE TRIGGER rights_stop_closed_once;
UPDATE rights_stop
SET cause = CASE sentence
  WHEN 'The store''s file of it is damaged, and there is no copy to restore it from.'
    THEN 'damaged'
  WHEN 'The store refuses its master, by what was found in it.' THEN 'file-refused'
  WHEN 'The store decided that somebody else''s recording is in it.' THEN 'copy-refused'
  ELSE '' END
WHERE closed_at IS NULL AND kind = 'operator';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE rights_stop ENABLE TRIGGER rights_stop_closed_once;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0014_verdicts_by_what_they_are_about")]

    operations = [
        migrations.AddField(
            "stop",
            "cause",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.RunSQL(CAUSES, migrations.RunSQL.noop),
    ]
