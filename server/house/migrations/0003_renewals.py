from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("house", "0002_rules_and_prices"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="monthprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("most_renewals__lte", 100)), name="month_price_renewals"
            ),
        ),
    ]
