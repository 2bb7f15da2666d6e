"""The price list of 徳島市産業支援交流センター as its terms print it, in force since 2023-08-01 (C23-C29).

An example to start a house from, and what the tests of the fees are held against: a facility's prices are configuration.
"""

from datetime import date, time

from visits.tariff import (
    DayPrice,
    Factors,
    HourPrice,
    MonthPrice,
    Slot,
    SlotPrices,
    Tariff,
    ThingPrice,
    Unit,
)

_SLOTS = {
    "am": (time(10), time(12)),
    "pm": (time(13), time(17)),
    "night": (time(18), time(21)),
    "am_pm": (time(10), time(17)),
    "pm_night": (time(13), time(21)),
    "all_day": (time(10), time(21)),
}
# To 19:30 as printed, although the floor closes at 19:00: the hours of a house are its calendar's.
_SHOWROOM_SLOTS = {
    "first_half": (time(10), time(14)),
    "second_half": (time(15), time(19, 30)),
    "all_day": (time(10), time(19, 30)),
}


def _slots(hours: dict[str, tuple[time, time]], *prices: int) -> tuple[Slot, ...]:
    return tuple(
        Slot(key, starts, ends, price) for (key, (starts, ends)), price in zip(hours.items(), prices, strict=True)
    )


TOKUSHIMA = Tariff(
    valid_from=date(2023, 8, 1),
    slots=(
        SlotPrices("open_space_full", _slots(_SLOTS, 2_800, 6_200, 5_000, 9_000, 11_200, 14_000), overtime=1_700),
        SlotPrices("open_space_half", _slots(_SLOTS, 1_400, 3_100, 2_500, 4_500, 5_600, 7_000), overtime=850),
        SlotPrices("multipurpose_full", _slots(_SLOTS, 850, 1_900, 1_500, 2_750, 3_400, 4_250), overtime=510),
        SlotPrices("showroom", _slots(_SHOWROOM_SLOTS, 70, 80, 150), overtime=20, per_square_metre=True),
    ),
    hours=(
        HourPrice("multipurpose_half", 200, floor=True),
        HourPrice("meeting_room", 200),
        HourPrice("consultation_room", 50),
    ),
    days=(DayPrice("workspace", 650),),
    months=(
        MonthPrice("rental_room", general=14_990, reduced=7_490, most_renewals=2),
        MonthPrice("workspace_full", general=77_120, reduced=38_560),
        MonthPrice("workspace_half", general=38_560, reduced=19_280),
        MonthPrice("meeting_room", general=42_840, reduced=21_420),
        MonthPrice("rental_booth", general=17_500, reduced=8_750, most_renewals=2),
    ),
    things=(
        ThingPrice("phone_booth", Unit.HOUR, 400),
        ThingPrice("projector", Unit.USE, 1_000),
        ThingPrice("screen", Unit.USE, 300),
        ThingPrice("whiteboard", Unit.USE, 200),
        ThingPrice("microphones", Unit.USE, 200),
        ThingPrice("tv_monitor", Unit.USE, 500),
        ThingPrice("copy_mono", Unit.SHEET, 10),
        ThingPrice("copy_colour", Unit.SHEET, 50),
        ThingPrice("copy_colour_a3", Unit.SHEET, 80),
        ThingPrice("print_mono", Unit.SHEET, 10),
        ThingPrice("print_colour", Unit.SHEET, 50),
        ThingPrice("print_colour_a3", Unit.SHEET, 80),
        ThingPrice("fax", Unit.SHEET, 50),
        ThingPrice("web_camera", Unit.USE, 100),
        ThingPrice("speakerphone", Unit.USE, 100),
        ThingPrice("laser_pointer", Unit.USE, 100),
    ),
    factors=Factors(admission_from=2_000, admission=2, promotion=5),
    consignment_percent=20,
)
