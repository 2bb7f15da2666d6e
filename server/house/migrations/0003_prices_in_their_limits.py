from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("house", "0002_rules_and_prices"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="dayprice",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="day_price_named"),
        ),
        migrations.AddConstraint(
            model_name="hourprice",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="hour_price_named"),
        ),
        migrations.AddConstraint(
            model_name="monthprice",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="month_price_named"),
        ),
        migrations.AddConstraint(
            model_name="monthprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("most_renewals__lte", 100)), name="month_price_renewals"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="slot_named"),
        ),
        migrations.AddConstraint(
            model_name="slotspace",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="slot_space_named"),
        ),
        migrations.AddConstraint(
            model_name="thingprice",
            constraint=models.CheckConstraint(condition=models.Q(("key", ""), _negated=True), name="thing_price_named"),
        ),
    ]
