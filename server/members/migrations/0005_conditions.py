"""A membership may be approved on conditions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0004_organisation_by_membership")]
    operations = [
        migrations.AddField(
            "membership",
            "conditions",
            models.CharField(
                "conditions",
                max_length=200,
                blank=True,
                db_default="",
                help_text="Attached to the approval; for staff, they do not leave the server.",
            ),
        ),
    ]
