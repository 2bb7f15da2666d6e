"""Opening hours as the desk keeps them, and who changed what of them.

Not in here: what follows from them for one member (trial).
"""

from datetime import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Field, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import DeskAdmin, ReadOnlyAdmin
from server.house.models import WEEKDAYS, ChangedDay, Closure, HouseRules, MinuteField, RuleChange, YearlyClosure
from visits.calendar import house_day

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOCK: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {
    MinuteField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})}
}
WEEK = _("Leave both times of a weekday empty where it is closed. The closing minute is no longer open.")
NEW_DATE = _(
    "For new hours change the date and press “Save as new”: what was until then stays. "
    "Save over these only to correct a mistake: past visits go by them."
)


class YearlyClosureInline(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    model = YearlyClosure
    fields = ("first_month", "first_day", "last_month", "last_day")
    extra = 1


@admin.register(HouseRules)
class HouseRulesAdmin(DeskAdmin):
    list_display = ("facility", "valid_from", "in_force", "week_in_short", "last_check_in_minutes")
    list_display_links = ("facility", "valid_from")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    save_as = True
    formfield_overrides = CLOCK
    inlines = (YearlyClosureInline,)
    fieldsets = (
        (None, {"fields": ("facility", "valid_from", "last_check_in_minutes"), "description": NEW_DATE}),
        (_("week"), {"fields": [(f"{day}_opens", f"{day}_closes") for day in WEEKDAYS], "description": WEEK}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[HouseRules]:
        begun = HouseRules.objects.filter(facility=OuterRef("facility"), valid_from__lte=house_day(timezone.now()))
        present = Subquery(begun.order_by("-valid_from").values("pk")[:1])
        rules: QuerySet[HouseRules] = super().get_queryset(request).annotate(present=present)
        return rules

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, rules: Any) -> bool:  # noqa: ANN401 - carries the annotation above
        return bool(rules.pk == rules.present)

    @admin.display(description=_("week"))
    def week_in_short(self, rules: HouseRules) -> str:
        """Days that follow each other with the same hours are told together."""
        days = groupby(enumerate(rules.week()), key=lambda each: each[1])
        return " / ".join(_days_in_short([day for day, _ in same], hours) for hours, same in days)


@admin.register(Closure)
class ClosureAdmin(DeskAdmin):
    list_display = ("first", "last", "facility", "reason")
    empty_value_display = _("the whole building")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    search_fields = ("text",)
    fields = ("facility", "first", "last", "text")

    @admin.display(description=_("reason"), ordering="text", empty_value="")
    def reason(self, closure: Closure) -> str:
        return closure.text


@admin.register(ChangedDay)
class ChangedDayAdmin(DeskAdmin):
    list_display = ("day", "facility", "hours")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    date_hierarchy = "day"
    formfield_overrides = CLOCK
    fieldsets = (
        (
            None,
            {
                "fields": ("facility", "day", ("opens", "closes")),
                "description": format_lazy(
                    "{} {}",
                    _("Goes before the weekday and the yearly closures; a closure goes before it."),
                    _("Leave both times empty where the facility is closed that day."),
                ),
            },
        ),
    )

    @admin.display(description=_("hours"))
    def hours(self, changed: ChangedDay) -> str:
        return hours_in_short(changed.opens, changed.closes)


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
