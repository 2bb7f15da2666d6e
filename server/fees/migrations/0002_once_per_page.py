"""What is recorded from a page is recorded once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fees", "0001_initial")]
    operations = [
        migrations.AddField("dropinstay", "once", models.UUIDField(editable=False, null=True, unique=True)),
        migrations.AddField("parkingdiscount", "once", models.UUIDField(editable=False, null=True, unique=True)),
        migrations.AddField("parkingvoucher", "once", models.UUIDField(editable=False, null=True, unique=True)),
    ]
