"""The public holidays of Japan, kept by date, so that the rules do not change with the library that knows them.

Years are added as they come near, and days ahead follow the law. Days gone by stay as they were: a past visit keeps the
rules of its time (C22). Not in here: what a facility does on them (models, rulebook).
"""

from datetime import date

import holidays
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from server.house.number import record_changes

YEARS_AHEAD = 2
FIRST_YEAR = 1949


class PublicHoliday(models.Model):
    """Also a substitute for one that fell on a Sunday, and a day between two of them."""

    day = models.DateField(_("date"), primary_key=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


@transaction.atomic
def remember_holidays(today: date) -> bool:
    """To be called every day. Where that changes any day to come, all facilities' rules have another number, and it is true.

    Holds the years until YEARS_AHEAD after this one.
    """
    kept = set(PublicHoliday.objects.values_list("day", flat=True))
    first = min(today, max(kept, default=date.min))
    known = _known_from(max(first.year, FIRST_YEAR), today.year + YEARS_AHEAD)
    gone = {day for day in kept if day >= today and day not in known}
    new = [PublicHoliday(day, name) for day, name in known.items() if day not in kept and day >= first]
    if not gone and not new:
        return False
    record_changes([None])
    PublicHoliday.objects.filter(day__in=gone).delete()
    PublicHoliday.objects.bulk_create(new)
    return True


def _known_from(first: int, last: int) -> dict[date, str]:
    """By the law of today, in the years from `first` to `last`."""
    return dict(holidays.country_holidays("JP", years=range(first, last + 1), language="ja"))
