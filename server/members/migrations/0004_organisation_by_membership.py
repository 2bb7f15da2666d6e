"""A member's organisation is that of the membership."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0003_belonging")]
    operations = [migrations.RemoveField(model_name="member", name="organisation")]
