"""What was compared, matched, said and decided is never changed; some of it is closed once."""

from django.db import migrations

WRITTEN_ONCE = (
    "sound",
    "sounddelivery",
    "conflict",
    "match",
    "ruledstop",
    "answer",
    "pair",
    "block",
    "blockend",
)
CLOSED_ONCE = ("ruling", "pairword")

GUARDS = "\n".join(
    [
        *(
            f"CREATE TRIGGER copies_{table}_written_once "
            f"BEFORE UPDATE OR DELETE OR TRUNCATE ON copies_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION written_once();"
            for table in WRITTEN_ONCE
        ),
        *(
            f"CREATE TRIGGER copies_{table}_closed_once BEFORE UPDATE ON copies_{table} "
            "FOR EACH ROW EXECUTE FUNCTION closed_once();\n"
            f"CREATE TRIGGER copies_{table}_kept BEFORE DELETE OR TRUNCATE ON copies_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION written_once();"
            for table in CLOSED_ONCE
        ),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("copies", "0001_sounds_conflicts_blocks"),
        ("users", "0002_what_is_written_once"),
    ]

    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
