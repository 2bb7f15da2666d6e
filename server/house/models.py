"""What staff decide for a facility from a date on, the days on which hours differ, and closures of the building.

Nothing is overwritten when rules change: the new ones get a date of their own, so that a past visit keeps the rules of
its time (C22). Not in here: prices (prices), which days are public holidays (holidays), and what follows from all of it
at a given moment (visits).
"""

from datetime import time
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin.models import LogEntry, LogEntryManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from server.house.holidays import PublicHoliday, remember_holidays
from server.house.number import NumberedRule, RulesNumber
from server.house.prices import DayPrice, HourPrice, MonthPrice, Slot, SlotSpace, Tariff, ThingPrice
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.limits import MOST_DAYS_IN_A_ROW
from visits.rulebook import LONGEST_ENGLISH, LONGEST_JAPANESE, MOST_SECONDS_BETWEEN_TAPS

__all__ = [
    "ChangedDay",
    "Closure",
    "DayPrice",
    "HourPrice",
    "HouseRules",
    "MonthPrice",
    "PublicHoliday",
    "RuleChange",
    "RulesNumber",
    "Slot",
    "SlotSpace",
    "Tariff",
    "ThingPrice",
    "YearlyClosure",
]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_LAST_CHECK_IN = 12 * 60
LONGEST_KEPT = 200
"""Letters of a text as it is kept; fewer may be written now than once (visits.rulebook)."""
_NOT_HOURS = _("Give both times, opening before closing, or none of them: closed.")


class MinuteField(models.TimeField):  # type: ignore[type-arg] # no generic at run time
    """A time of day to the minute; seconds are dropped."""

    def to_python(self, value: Any) -> time | None:  # noqa: ANN401 - whatever a form or a database gives
        at = super().to_python(value)
        return at if at is None else at.replace(second=0, microsecond=0)


def _minute(words: Any) -> MinuteField:  # noqa: ANN401 - a lazy translation
    return MinuteField(words, null=True, blank=True)


def _hours(opens: str, closes: str, name: str) -> models.CheckConstraint:
    """Open from one time until a later one, or closed.

    Both are asked for by name: a comparison with nothing is no answer, and passes.
    """
    closed = Q(**{f"{opens}__isnull": True, f"{closes}__isnull": True})
    given = Q(**{f"{opens}__isnull": False, f"{closes}__isnull": False, f"{opens}__lt": F(closes)})
    return models.CheckConstraint(
        condition=closed | given,
        name=name,
        violation_error_message=_NOT_HOURS,
    )


class OnHolidays(models.TextChoices):
    """What public holidays change about a day."""

    NOTHING = "nothing", _("open as on any such weekday")
    CLOSED = "closed", _("closed")
    SUNDAY = "sunday", _("open as on Sundays")


def _words(words: Any, letters: int) -> models.CharField:  # type: ignore[type-arg] # noqa: ANN401 - a lazy translation
    """A text kept from before the limit stays, until somebody saves it again."""
    return models.CharField(
        words,
        max_length=LONGEST_KEPT,
        blank=True,
        validators=[MaxLengthValidator(letters)],
        help_text=format_lazy(_("{letters} letters at most: so many are read on every terminal."), letters=letters),
    )


class HouseRules(NumberedRule):
    """A facility's hours, limits and texts from a date on, until the next such date (C1-C2, C4-C6, C34)."""

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    valid_from = models.DateField(_("valid from"))
    monday_opens = _minute(_("Monday, opens"))
    monday_closes = _minute(_("Monday, closes"))
    tuesday_opens = _minute(_("Tuesday, opens"))
    tuesday_closes = _minute(_("Tuesday, closes"))
    wednesday_opens = _minute(_("Wednesday, opens"))
    wednesday_closes = _minute(_("Wednesday, closes"))
    thursday_opens = _minute(_("Thursday, opens"))
    thursday_closes = _minute(_("Thursday, closes"))
    friday_opens = _minute(_("Friday, opens"))
    friday_closes = _minute(_("Friday, closes"))
    saturday_opens = _minute(_("Saturday, opens"))
    saturday_closes = _minute(_("Saturday, closes"))
    sunday_opens = _minute(_("Sunday, opens"))
    sunday_closes = _minute(_("Sunday, closes"))
    last_check_in_minutes = models.PositiveSmallIntegerField(
        _("last check-in, minutes before closing"),
        default=0,
        help_text=_("0: members may come in until the last minute."),
    )
    on_holidays = models.CharField(
        _("on public holidays"), max_length=7, choices=OnHolidays.choices, default=OnHolidays.NOTHING
    )
    capacity = models.PositiveSmallIntegerField(
        _("people the facility holds"), null=True, blank=True, help_text=_("Empty: nobody counts.")
    )
    capacity_is_hard = models.BooleanField(
        _("nobody more is let in"),
        default=False,
        help_text=_("Otherwise members are told that it is crowded, and come in."),
    )
    uses_in_month = models.PositiveSmallIntegerField(
        _("most uses in a month"),
        null=True,
        blank=True,
        help_text=_(
            "Empty: unlimited. Coming and going on one day counts once; a membership may have a limit of its own."
        ),
    )
    days_in_a_row = models.PositiveSmallIntegerField(
        _("most days in a row"), null=True, blank=True, help_text=_("Empty: unlimited.")
    )
    seconds_between_taps = models.PositiveSmallIntegerField(
        _("seconds between two taps"),
        default=10,
        help_text=_("A second tap by mistake within these seconds is not recorded."),
    )
    announcement_ja = _words(_("announcement in Japanese"), LONGEST_JAPANESE)
    announcement_en = _words(_("announcement in English"), LONGEST_ENGLISH)
    reception_ja = _words(_("where reception is, in Japanese"), LONGEST_JAPANESE)
    reception_en = _words(_("where reception is, in English"), LONGEST_ENGLISH)

    class Meta:
        verbose_name = _("house rules from a date on")
        verbose_name_plural = _("house rules from a date on")
        ordering = ("facility", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=("facility", "valid_from"), name="house_rules_once_a_day"),
            models.CheckConstraint(
                condition=Q(last_check_in_minutes__lte=LONGEST_LAST_CHECK_IN), name="house_rules_last_check_in"
            ),
            models.CheckConstraint(condition=Q(on_holidays__in=OnHolidays.values), name="house_rules_on_holidays"),
            models.CheckConstraint(
                condition=Q(capacity__gte=1),
                name="house_rules_capacity",
                violation_error_message=_("A facility holds one person or more."),
            ),
            models.CheckConstraint(
                condition=Q(capacity_is_hard=False) | Q(capacity__isnull=False),
                name="house_rules_hard_capacity",
                violation_error_message=_("Say how many people the facility holds, if nobody more is to be let in."),
            ),
            models.CheckConstraint(
                condition=Q(uses_in_month__gte=1),
                name="house_rules_uses_in_month",
                violation_error_message=_("A limit is 1 or more; leave it empty for none."),
            ),
            models.CheckConstraint(
                condition=Q(days_in_a_row__range=(1, MOST_DAYS_IN_A_ROW)),
                name="house_rules_days_in_a_row",
                violation_error_message=_("Days in a row are 1 to 62; leave it empty for no limit."),
            ),
            models.CheckConstraint(
                condition=Q(seconds_between_taps__lte=MOST_SECONDS_BETWEEN_TAPS),
                name="house_rules_seconds_between_taps",
                violation_error_message=_("Between two taps are 600 seconds at most."),
            ),
            *(_hours(f"{day}_opens", f"{day}_closes", f"house_rules_{day}") for day in WEEKDAYS),
        )

    def __str__(self) -> str:
        return f"{self.facility} {self.valid_from}"

    def concerned(self) -> UUID:
        return self.facility_id

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Holidays first: their change locks every facility, in the order in which all do."""
        if self.on_holidays != OnHolidays.NOTHING:
            remember_holidays(house_day(timezone.now()))
        super().save(*args, **kwargs)

    def week(self) -> tuple[tuple[time | None, time | None], ...]:
        """Opening and closing, Monday first."""
        return tuple((getattr(self, f"{day}_opens"), getattr(self, f"{day}_closes")) for day in WEEKDAYS)

    def clean(self) -> None:
        """Says it beside the times that are wrong; the database says only that some are."""
        wrong = {
            f"{day}_opens": _NOT_HOURS
            for day, (opens, closes) in zip(WEEKDAYS, self.week(), strict=True)
            if (opens is None) != (closes is None) or (opens is not None and closes is not None and opens >= closes)
        }
        if wrong:
            raise ValidationError(wrong)


class YearlyClosure(NumberedRule):
    """Days on which a facility is closed every year; they may cross the year's end (C4-C5)."""

    rules = models.ForeignKey(HouseRules, models.CASCADE, related_name="yearly_closures")
    first_month = models.PositiveSmallIntegerField(_("first month"))
    first_day = models.PositiveSmallIntegerField(_("first day of the month"))
    last_month = models.PositiveSmallIntegerField(_("last month"))
    last_day = models.PositiveSmallIntegerField(_("last day of the month"))

    class Meta:
        verbose_name = _("yearly closure")
        verbose_name_plural = _("yearly closures")
        ordering = ("first_month", "first_day")
        constraints = tuple(
            models.CheckConstraint(
                condition=Q(**{f"{end}_month__in": [1, 3, 5, 7, 8, 10, 12], f"{end}_day__range": (1, 31)})
                | Q(**{f"{end}_month__in": [4, 6, 9, 11], f"{end}_day__range": (1, 30)})
                | Q(**{f"{end}_month": 2, f"{end}_day__range": (1, 29)}),
                name=f"yearly_closure_{end}_is_a_day",
                violation_error_message=_("There is no such day in any year."),
            )
            for end in ("first", "last")
        )

    def __str__(self) -> str:
        return f"{self.first_month}/{self.first_day} - {self.last_month}/{self.last_day}"

    def concerned(self) -> UUID:
        return self.rules.facility_id


class Closure(NumberedRule):
    """Dates on which one facility is closed, or the whole building with all of them (C3)."""

    facility = models.ForeignKey(
        Facility,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("facility"),
        help_text=_("Leave empty where the whole building is closed: then it is for every facility."),
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    text = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("-first",)
        constraints = (
            models.CheckConstraint(
                condition=Q(first__lte=F("last")),
                name="closure_has_days",
                violation_error_message=_("The last day is before the first."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.first} - {self.last} {self.text}".strip()

    def concerned(self) -> UUID | None:
        return self.facility_id


class ChangedDay(NumberedRule):
    """One date on which a facility keeps other hours than its week says, or none (C2, C5, C33)."""

    facility = models.ForeignKey(Facility, models.PROTECT, verbose_name=_("facility"))
    day = models.DateField(_("date"))
    opens = _minute(_("opens"))
    closes = _minute(_("closes"))

    class Meta:
        verbose_name = _("changed day")
        verbose_name_plural = _("changed days")
        ordering = ("-day", "facility")
        constraints = (
            models.UniqueConstraint(fields=("facility", "day"), name="changed_day_once"),
            _hours("opens", "closes", "changed_day_hours"),
        )

    def __str__(self) -> str:
        return f"{self.facility} {self.day}"

    def concerned(self) -> UUID:
        return self.facility_id


class RuleChanges(LogEntryManager):
    use_in_migrations = False

    def get_queryset(self) -> QuerySet[LogEntry]:
        return super().get_queryset().filter(content_type__app_label="house")


class RuleChange(LogEntry):
    """Who changed which of these at the console, and when."""

    objects: ClassVar[RuleChanges] = RuleChanges()

    class Meta:
        proxy = True
        verbose_name = _("change of the rules")
        verbose_name_plural = _("changes of the rules")
        ordering = ("-action_time",)
