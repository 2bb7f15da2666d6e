"""`manage close_day`: ends the stays whose check-out was forgotten, at every facility. For a timer; again is no harm."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from server.ledger.closing import close_everywhere


class Command(BaseCommand):
    help = "Ends the stays whose check-out was forgotten, by the rules of each facility."

    def handle(self, *_: object, **__: object) -> None:
        self.stdout.write(f"{close_everywhere(timezone.now())} forgotten check-outs")
