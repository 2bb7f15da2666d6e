"""Price lists as the desk keeps them: one page for all a facility charges from a date on.

Not in here: what a use costs (fees), and the slots of a space (slots).
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from server.desk.admin.dated import NEW_DATE, VersionAdmin, VersionForm
from server.desk.admin.slots import SlotSpaceForm
from server.house.models import DayPrice, HourPrice, MonthPrice, SlotSpace, Tariff, ThingPrice

NAMES = ("key", "name_ja", "name_en")
KEYS = _(
    "Prices are yen, tax included. The key names a price in records: once used it should stay. What is not offered is "
    "left empty or deleted."
)


class Rows(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    extra = 0


class SlotSpaceInline(admin.StackedInline):  # type: ignore[type-arg] # no generic at run time
    model = SlotSpace
    form = SlotSpaceForm
    fields = (NAMES, "slots", ("overtime", "floor", "per_square_metre"))
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlotSpace]:
        spaces: QuerySet[SlotSpace] = super().get_queryset(request).prefetch_related("slots")
        return spaces


class HourPriceInline(Rows):
    model = HourPrice
    fields = (*NAMES, "price", "floor")


class DayPriceInline(Rows):
    model = DayPrice
    fields = (*NAMES, "price")


class MonthPriceInline(Rows):
    model = MonthPrice
    fields = (*NAMES, "general", "reduced", "most_renewals")


class ThingPriceInline(Rows):
    model = ThingPrice
    fields = (*NAMES, "unit", "price")


@admin.register(Tariff)
class TariffAdmin(VersionAdmin):
    form = VersionForm
    list_display = ("facility", "valid_from", "in_force", "drop_in_general", "drop_in_student")
    inlines = (SlotSpaceInline, HourPriceInline, DayPriceInline, MonthPriceInline, ThingPriceInline)
    fieldsets = (
        (None, {"fields": (("facility", "valid_from"), "is_correction"), "description": NEW_DATE}),
        (_("drop-in"), {"fields": (("drop_in_general", "drop_in_student"),), "description": KEYS}),
        (
            _("floors by purpose, and consignment"),
            {"fields": (("admission_from", "admission_factor", "promotion_factor"), "consignment_percent")},
        ),
        (
            _("parking"),
            {
                "fields": (
                    ("parking_free_minutes", "parking_allowance_minutes"),
                    ("parking_purchase_from", "parking_purchase_hours", "parking_event_hours"),
                )
            },
        ),
    )
