"""Days and instants as staff type them: those of this system, from which every rule can count on to others.

Not in here: which of them a page takes.
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from visits.timeline import plausible

YEARS = range(1900, 2200)
_IN_NO_YEAR = _("This is in no year of this system.")


def day_of_this_system(given: date) -> None:
    """A validator of fields for days, which may lie before there were computers: somebody was founded on them."""
    if given.year not in YEARS:
        raise ValidationError(_IN_NO_YEAR)


def instant_of_this_system(given: datetime) -> None:
    """A validator of fields for what was recorded."""
    if not plausible(given):
        raise ValidationError(_IN_NO_YEAR)
