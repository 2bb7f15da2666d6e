"""On PostgreSQL the database itself tells of what waiting terminals wait for, whichever program commits it."""

from typing import Any

from django.db import migrations

FUNCTION = """
CREATE FUNCTION checkin_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('checkin_news', '');
    RETURN NULL;
END
$$
"""
OCCASIONS = {
    "members_rosterchange": "INSERT OR UPDATE",
    "ledger_event": "INSERT OR UPDATE OF resolved_at, rejection",
    "terminals_terminal": "UPDATE OF revoked_at",
    "terminals_facility": "UPDATE OF shows_names",
}


def notify(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table, occasion in OCCASIONS.items():
        schema_editor.execute(
            f"CREATE TRIGGER checkin_news AFTER {occasion} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION checkin_news()"
        )


def be_silent(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION checkin_news() CASCADE")


class Migration(migrations.Migration):
    dependencies = [
        ("terminals", "0002_lifecycle"),
        ("members", "0001_initial"),
        ("ledger", "0002_corrected_times"),
    ]
    operations = [migrations.RunPython(notify, be_silent)]
