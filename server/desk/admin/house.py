"""The rules of the house as the desk keeps them, and who changed what of them.

Not in here: prices (prices), when the past may be touched (dated), and what follows for one member (trial).
"""

from datetime import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.dated import NEW_DATE, DayForm, DaysForm, OfFacilityAdmin, VersionAdmin, VersionForm
from server.desk.admin.lists import DAYS, ReadOnlyAdmin
from server.house.models import (
    WEEKDAYS,
    ChangedDay,
    Closure,
    HouseRules,
    MinuteField,
    PublicHoliday,
    RuleChange,
    YearlyClosure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Field

CLOCK: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {
    **DAYS,
    MinuteField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
}
LIMITS = (("uses_in_month", "days_in_a_row"), "seconds_between_taps")
TEXTS = (("announcement_ja", "announcement_en"), ("reception_ja", "reception_en"))
WEEK = _("Leave both times of a weekday empty where it is closed. The closing minute is no longer open.")
HOLIDAYS = _("Changed days and yearly closures go before public holidays. Holidays two years ahead are known.")
WORDS = _("The announcement stands on the start screen; where reception is, is said to whoever is sent there.")


class YearlyClosureInline(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    model = YearlyClosure
    fields = ("first_month", "first_day", "last_month", "last_day")
    extra = 1


@admin.register(HouseRules)
class HouseRulesAdmin(VersionAdmin):
    form = VersionForm
    list_display = ("facility", "valid_from", "in_force", "week_in_short", "last_check_in_minutes")
    formfield_overrides = CLOCK
    inlines = (YearlyClosureInline,)
    fieldsets = (
        (None, {"fields": (("facility", "valid_from"), "is_correction"), "description": NEW_DATE}),
        (_("week"), {"fields": [(f"{day}_opens", f"{day}_closes") for day in WEEKDAYS], "description": WEEK}),
        (
            _("holidays and the end of the day"),
            {"fields": ("on_holidays", "last_check_in_minutes"), "description": HOLIDAYS},
        ),
        (_("how many, how often"), {"fields": (("capacity", "capacity_is_hard"), *LIMITS)}),
        (_("words on the screens"), {"fields": TEXTS, "description": WORDS}),
    )

    @admin.display(description=_("week"))
    def week_in_short(self, rules: HouseRules) -> str:
        """Days that follow each other with the same hours are told together."""
        days = groupby(enumerate(rules.week()), key=lambda each: each[1])
        return " / ".join(_days_in_short([day for day, _ in same], hours) for hours, same in days)


@admin.register(Closure)
class ClosureAdmin(OfFacilityAdmin):
    list_display = ("first", "last", "facility", "reason")
    empty_value_display = _("the whole building")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    search_fields = ("text",)
    form = DaysForm
    fields = ("facility", ("first", "last"), "text", "is_correction")

    @admin.display(description=_("reason"), ordering="text", empty_value="")
    def reason(self, closure: Closure) -> str:
        return closure.text


@admin.register(ChangedDay)
class ChangedDayAdmin(OfFacilityAdmin):
    list_display = ("day", "facility", "hours")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    date_hierarchy = "day"
    form = DayForm
    formfield_overrides = CLOCK
    fieldsets = (
        (
            None,
            {
                "fields": ("facility", "day", ("opens", "closes"), "is_correction"),
                "description": format_lazy(
                    "{} {}",
                    _("Goes before the weekday, public holidays and the yearly closures; a closure goes before it."),
                    _("Leave both times empty where the facility is closed that day."),
                ),
            },
        ),
    )

    @admin.display(description=_("hours"))
    def hours(self, changed: ChangedDay) -> str:
        return hours_in_short(changed.opens, changed.closes)


@admin.register(PublicHoliday)
class PublicHolidayAdmin(ReadOnlyAdmin):
    """Known by law; a day on which the house does otherwise is a changed day."""

    list_display = ("day", "weekday", "name")
    list_display_links = None
    date_hierarchy = "day"
    search_fields = ("name",)
    fields = ("day", "name")

    @admin.display(description=_("weekday"), ordering="day")
    def weekday(self, holiday: PublicHoliday) -> str:
        return str(WEEKDAYS_ABBR[holiday.day.weekday()])


@admin.register(RuleChange)
class RuleChangeAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "kind", "entry", "what")
    list_display_links = None
    list_filter = ("action_time",)
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"
    fields = list_display

    @admin.display(description=_("kind"), ordering="content_type")
    def kind(self, change: RuleChange) -> str:
        return "" if change.content_type is None else change.content_type.name

    @admin.display(description=_("entry"))
    def entry(self, change: RuleChange) -> str:
        return change.object_repr

    @admin.display(description=_("what was changed"))
    def what(self, change: RuleChange) -> str:
        return change.get_change_message() or change.get_action_flag_display()


def _days_in_short(days: list[int], hours: tuple[time | None, time | None]) -> str:
    ends = dict.fromkeys((days[0], days[-1]))
    return f"{'-'.join(str(WEEKDAYS_ABBR[day]) for day in ends)} {hours_in_short(*hours)}"


def hours_in_short(opens: time | None, closes: time | None) -> str:
    """For people: 10:00-19:00."""
    return gettext("closed") if opens is None or closes is None else f"{opens:%H:%M}-{closes:%H:%M}"
