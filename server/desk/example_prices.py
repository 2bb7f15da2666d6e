"""The price list of the source's building with names for people, as an example to look at and to begin from (C23-C29).

The source names no price for dropping in but the students' (A64); the general one is invented.
Not in here: the prices themselves (visits.tariff_tokushima), and the rest of the demonstration.
"""

from dataclasses import replace

from django.db import transaction

from server.house import prices
from server.terminals.models import Facility
from visits import tariff as rules
from visits.tariff_tokushima import TOKUSHIMA

DROP_IN = rules.DropInPrices(general=300, student=150)
NAMES = {
    "am": ("午前", "Morning"),
    "pm": ("午後", "Afternoon"),
    "night": ("夜間", "Night"),
    "am_pm": ("午前・午後", "Morning and afternoon"),
    "pm_night": ("午後・夜間", "Afternoon and night"),
    "all_day": ("全日", "All day"),
    "first_half": ("前半", "First half"),
    "second_half": ("後半", "Second half"),
    "open_space_full": ("オープンスペース（全面）", "Open space, full"),
    "open_space_half": ("オープンスペース（半面）", "Open space, half"),
    "multipurpose_full": ("多目的スペース（全面）", "Multipurpose space, full"),
    "multipurpose_half": ("多目的スペース（半面）", "Multipurpose space, half"),
    "showroom": ("ショールーム", "Showroom"),
    "meeting_room": ("会議室", "Meeting room"),
    "consultation_room": ("相談室", "Consultation room"),
    "workspace": ("ワークスペース（1席）", "Workspace, one seat"),
    "workspace_full": ("ワークスペース（全面）", "Workspace, full"),
    "workspace_half": ("ワークスペース（半面）", "Workspace, half"),
    "rental_room": ("レンタルルーム", "Rental room"),
    "rental_booth": ("レンタルブース", "Rental booth"),
    "phone_booth": ("フォンブース", "Phone booth"),
    "projector": ("プロジェクター", "Projector"),
    "screen": ("スクリーン", "Screen"),
    "whiteboard": ("ホワイトボード", "Whiteboard"),
    "microphones": ("マイク", "Microphones"),
    "tv_monitor": ("テレビモニター", "TV monitor"),
    "copy_mono": ("コピー（白黒）", "Copy, mono"),
    "copy_colour": ("コピー（カラー）", "Copy, colour"),
    "copy_colour_a3": ("コピー（カラーA3）", "Copy, colour A3"),
    "print_mono": ("印刷（白黒）", "Print, mono"),
    "print_colour": ("印刷（カラー）", "Print, colour"),
    "print_colour_a3": ("印刷（カラーA3）", "Print, colour A3"),
    "fax": ("FAX", "Fax"),
    "web_camera": ("ウェブカメラ", "Web camera"),
    "speakerphone": ("スピーカーフォン", "Speakerphone"),
    "laser_pointer": ("レーザーポインター", "Laser pointer"),
}


EXAMPLE = replace(TOKUSHIMA, drop_in=DROP_IN)


def set_up_prices(facility: Facility, tariff: rules.Tariff) -> None:
    """A facility that has a price list already keeps it."""
    if not prices.Tariff.objects.filter(facility=facility).exists():
        keep_tariff(facility, tariff, NAMES)


@transaction.atomic
def keep_tariff(facility: Facility, tariff: rules.Tariff, names: dict[str, tuple[str, str]]) -> None:
    """With the terms of parking that a new price list has."""
    factors, drop_in = tariff.factors, tariff.drop_in
    row = prices.Tariff.objects.create(
        facility=facility,
        valid_from=tariff.valid_from,
        drop_in_general=drop_in and drop_in.general,
        drop_in_student=drop_in and drop_in.student,
        admission_from=factors and factors.admission_from,
        admission_factor=None if factors is None else factors.admission,
        promotion_factor=None if factors is None else factors.promotion,
        consignment_percent=tariff.consignment_percent,
    )
    _keep_slots(row, tariff, names)
    for hour in tariff.hours:
        prices.HourPrice.objects.create(tariff=row, price=hour.price, floor=hour.floor, **_named(hour.key, names))
    for day in tariff.days:
        prices.DayPrice.objects.create(tariff=row, price=day.price, **_named(day.key, names))
    for month in tariff.months:
        of_month = {"general": month.general, "reduced": month.reduced, "most_renewals": month.most_renewals}
        prices.MonthPrice.objects.create(tariff=row, **of_month, **_named(month.key, names))
    for thing in tariff.things:
        of_thing = {"unit": thing.unit.value, "price": thing.price}
        prices.ThingPrice.objects.create(tariff=row, **of_thing, **_named(thing.key, names))


def _keep_slots(row: prices.Tariff, tariff: rules.Tariff, names: dict[str, tuple[str, str]]) -> None:
    for space in tariff.slots:
        kept = prices.SlotSpace.objects.create(
            tariff=row,
            overtime=space.overtime,
            floor=space.floor,
            per_square_metre=space.per_square_metre,
            **_named(space.key, names),
        )
        for slot in space.slots:
            of_day = {"starts": slot.starts, "ends": slot.ends, "price": slot.price}
            prices.Slot.objects.create(space=kept, **of_day, **_named(slot.key, names))


def _named(key: str, names: dict[str, tuple[str, str]]) -> dict[str, str]:
    ja, en = names[key]
    return {"key": key, "name_ja": ja, "name_en": en}
