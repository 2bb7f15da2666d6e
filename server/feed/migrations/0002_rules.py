"""On PostgreSQL waiting terminals are told of a change of the rules of the house as well."""

from typing import Any

from django.db import migrations

TELL = """
CREATE TRIGGER checkin_news AFTER INSERT OR UPDATE ON house_rulesnumber
FOR EACH STATEMENT EXECUTE FUNCTION checkin_news()
"""


def notify(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TELL)


def be_silent(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER checkin_news ON house_rulesnumber")


class Migration(migrations.Migration):
    dependencies = [
        ("feed", "0001_notify"),
        ("house", "0001_initial"),
    ]
    operations = [migrations.RunPython(notify, be_silent)]
