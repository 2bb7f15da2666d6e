"""`manage close_day`: what every day needs at every facility. For a timer; again is no harm.

Holidays of another year are known before stays are ended by the rules.
"""

from django.core.management.base import BaseCommand
from django.utils import timezone

from server.house.holidays import remember_holidays
from server.ledger.closing import close_everywhere
from visits.calendar import house_day


class Command(BaseCommand):
    help = "Keeps public holidays two years ahead; ends stays whose check-out was forgotten, by each facility's rules."

    def handle(self, *_: object, **__: object) -> None:
        now = timezone.now()
        if remember_holidays(house_day(now)):
            self.stdout.write("other public holidays")
        self.stdout.write(f"{close_everywhere(now)} forgotten check-outs")
