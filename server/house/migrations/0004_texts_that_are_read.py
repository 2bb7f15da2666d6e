import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("house", "0003_prices_in_their_limits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="houserules",
            name="announcement_en",
            field=models.CharField(
                blank=True,
                help_text="160 letters at most: so many are read on every terminal.",
                max_length=200,
                validators=[django.core.validators.MaxLengthValidator(160)],
                verbose_name="announcement in English",
            ),
        ),
        migrations.AlterField(
            model_name="houserules",
            name="announcement_ja",
            field=models.CharField(
                blank=True,
                help_text="80 letters at most: so many are read on every terminal.",
                max_length=200,
                validators=[django.core.validators.MaxLengthValidator(80)],
                verbose_name="announcement in Japanese",
            ),
        ),
        migrations.AlterField(
            model_name="houserules",
            name="reception_en",
            field=models.CharField(
                blank=True,
                help_text="160 letters at most: so many are read on every terminal.",
                max_length=200,
                validators=[django.core.validators.MaxLengthValidator(160)],
                verbose_name="where reception is, in English",
            ),
        ),
        migrations.AlterField(
            model_name="houserules",
            name="reception_ja",
            field=models.CharField(
                blank=True,
                help_text="80 letters at most: so many are read on every terminal.",
                max_length=200,
                validators=[django.core.validators.MaxLengthValidator(80)],
                verbose_name="where reception is, in Japanese",
            ),
        ),
    ]
