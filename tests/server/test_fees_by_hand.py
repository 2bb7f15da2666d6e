"""Bills worked out by hand from the printed lists (C14-C29, A63-A64), as the pages show them, with the sums in words."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from machine.signing_terminal import SigningTerminal
from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff, set_up_prices
from server.fees.over_limit import month_of
from server.fees.stays import Asked, begin, due_on_leaving
from server.members.models import Member, Membership, Organisation
from server.terminals.models import Facility
from visits.calendar import HOUSE_TIME
from visits.dropin import Visitor
from visits.event import Kind
from visits.tariff import DropInPrices, Tariff

FOUNDED = {"ground": "founded", "documented": "on"}
Fields = dict[str, str]


@pytest.fixture
def priced(facility: Facility) -> Facility:
    set_up_prices(facility, EXAMPLE)
    return facility


def dearer(valid_from: date) -> Tariff:
    """A booth for 18,000 a month, a meeting room for 250 an hour, dropping in for 400."""
    months = tuple(
        replace(each, general=18_000, reduced=9_000) if each.key == "rental_booth" else each for each in EXAMPLE.months
    )
    hours = tuple(replace(each, price=250) if each.key == "meeting_room" else each for each in EXAMPLE.hours)
    dropping_in = DropInPrices(general=400, student=200)
    return replace(EXAMPLE, valid_from=valid_from, months=months, hours=hours, drop_in=dropping_in)


def total(client: Client, facility: Facility, what: str, day: str, **fields: str) -> int:
    asked = {"facility": str(facility.pk), "day": day, "what": what, "filled_in": what, **fields}
    answer = client.get(reverse("quote"), asked, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    [amount] = re.findall(r'<tfoot>.*?<td class="desk-yen">¥([\d,]+)</td>', answer.content.decode(), re.DOTALL)
    return int(amount.replace(",", ""))


@pytest.mark.parametrize(
    ("what", "day", "fields", "amount"),
    [
        # 14,990 × 1/29 = 516.9 and × 15/29 = 7,753.4
        ("months:rental_room", "2028-02-29", {"months": "1"}, 510),
        ("months:rental_room", "2028-02-15", {"months": "1"}, 7_750),
        # 14,990 × 14/28 = 7,495, and × 1/28 = 535.4 with a whole March
        ("months:rental_room", "2027-02-15", {"months": "1"}, 7_490),
        ("months:rental_room", "2027-02-28", {"months": "2"}, 530 + 14_990),
        # the leap day is the last of the month: 17,500 × 29/29 is the whole month
        ("months:rental_booth", "2028-02-01", {"months": "1"}, 17_500),
        # half of 77,120 × 20/29 = 26,593.1; half of 14,990 × 15/31 = 3,626.6
        ("months:workspace_full", "2028-02-10", {"months": "1", "since": "2027-04-01", **FOUNDED}, 26_590),
        ("months:rental_room", "2026-12-17", {"months": "1", "since": "2026-04-01", **FOUNDED}, 3_620),
        # half of 14,990 is 7,495: as printed, floored to 10 yen
        ("months:rental_room", "2026-12-01", {"months": "1", "since": "2026-04-01", **FOUNDED}, 7_490),
        # three years of 29 February 2024 end on 28 February 2027, of 1 March 2024 on 1 March 2027
        ("months:rental_booth", "2027-02-01", {"months": "2", "since": "2024-02-29", **FOUNDED}, 8_750 + 17_500),
        ("months:rental_booth", "2027-02-01", {"months": "2", "since": "2024-03-01", **FOUNDED}, 8_750 + 8_750),
    ],
)
def test_a_month(staff: Client, priced: Facility, what: str, day: str, fields: Fields, amount: int) -> None:
    """C14, C19, C26."""
    assert total(staff, priced, what, day, **fields) == amount


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        # 17,500 × 12/31 = 6,774.2, then two months
        (None, 6_770 + 17_500 + 17_500),
        (date(2027, 2, 1), 6_770 + 18_000 + 18_000),
        (date(2027, 2, 2), 6_770 + 17_500 + 18_000),
        # 18,000 × 12/31 = 6,967.7
        (date(2027, 1, 20), 6_960 + 18_000 + 18_000),
        (date(2027, 1, 21), 6_770 + 18_000 + 18_000),
    ],
    ids=["none", "first of a month", "second of a month", "the day it begins", "the day after"],
)
def test_months_over_a_change_of_prices(staff: Client, priced: Facility, changes: date | None, amount: int) -> None:
    """C22: each month by the prices of its first day of use."""
    if changes is not None:
        keep_tariff(priced, dearer(changes), NAMES)

    assert total(staff, priced, "months:rental_booth", "2027-01-20", months="3") == amount


@pytest.mark.parametrize(("day", "amount"), [("2028-02-28", 3 * 200), ("2028-02-29", 3 * 250)])
def test_an_hour_on_the_day_prices_change(staff: Client, priced: Facility, day: str, amount: int) -> None:
    """C22, on a leap day: two hours and a minute are three begun."""
    keep_tariff(priced, dearer(date(2028, 2, 29)), NAMES)

    assert total(staff, priced, "hours:meeting_room", day, starts="10:00", ends="12:01") == amount


@pytest.mark.parametrize(
    ("what", "starts", "ends", "metres", "once"),
    [
        # the morning and an hour begun of overtime
        ("slots:open_space_half", "10:00", "12:40", "", 1_400 + 850),
        # the night and an hour begun before it
        ("slots:multipurpose_full", "17:30", "21:00", "", 1_500 + 510),
        # three hours begun
        ("hours:multipurpose_half", "10:00", "12:01", "", 3 * 200),
        # both halves of the day, 45 square metres
        ("slots:showroom", "13:30", "16:00", "45", 150 * 45),
        # the first half and an hour begun, 45 square metres
        ("slots:showroom", "10:00", "14:01", "45", (70 + 20) * 45),
    ],
)
@pytest.mark.parametrize(
    ("purpose", "times"),
    [({"admission": "1999"}, 1), ({"admission": "2000"}, 2), ({"admission": "2000", "promotion": "on"}, 5)],
    ids=["once", "twice", "five times"],
)
def test_a_floor_for_a_purpose(
    staff: Client,
    priced: Facility,
    *,
    what: str,
    starts: str,
    ends: str,
    metres: str,
    once: int,
    purpose: Fields,
    times: int,
) -> None:
    """C23, C25, C28: overtime too is charged twice and five times."""
    area = {"square_metres": metres} if metres else {}

    assert total(staff, priced, what, "2026-11-25", starts=starts, ends=ends, **area, **purpose) == once * times


def test_a_room_costs_the_same_whatever_it_is_for(staff: Client, priced: Facility) -> None:
    """C28 is about floors."""
    hours = {"starts": "10:00", "ends": "12:00", "admission": "5000", "promotion": "on"}

    assert total(staff, priced, "hours:meeting_room", "2026-11-25", **hours) == 2 * 200


def test_seats_and_things_of_a_day(staff: Client, priced: Facility) -> None:
    """C24, C29: three seats, two projectors, seven A3 sheets in colour, three faxes."""
    things = {"thing-projector": "2", "thing-copy_colour_a3": "7", "thing-fax": "3"}

    asked = total(staff, priced, "days:workspace", "2026-12-31", seats="3", **things)
    assert asked == 3 * 650 + 2 * 1_000 + 7 * 80 + 3 * 50


@pytest.mark.parametrize(("sales", "kept"), [("99999", 19_999), ("4", 0), ("5", 1)])
def test_a_fifth_of_sales(staff: Client, priced: Facility, sales: str, kept: int) -> None:
    """C27: 19,999.8 yen, 0.8 yen and 1 yen."""
    assert total(staff, priced, "consignment:", "2026-11-25", sales=sales) == kept


@pytest.mark.parametrize(
    ("visitor", "minutes", "amount"), [("general", "601", 11 * 300), ("student", "1440", 24 * 150)]
)
def test_a_long_drop_in_stay(staff: Client, priced: Facility, visitor: str, minutes: str, amount: int) -> None:
    """A63-A64."""
    assert total(staff, priced, "drop_in:", "2026-11-25", visitor=visitor, minutes=minutes) == amount


@pytest.mark.parametrize("changes", [date(2028, 3, 1), date(2028, 2, 29)])
def test_a_stay_from_the_leap_day_into_march(priced: Facility, changes: date) -> None:
    """A40, C22: an hour is paid, two hours and a minute are stayed: two hours more, by the prices of the leap day."""
    keep_tariff(priced, dearer(changes), NAMES)
    came = datetime(2028, 2, 29, 23, 30, tzinfo=HOUSE_TIME)
    stay = begin(priced, None, Asked(Visitor.STUDENT, timedelta(hours=1)), "desk", came)

    price = 150 if changes > came.date() else 200
    assert stay.prepaid == price
    assert due_on_leaving(stay, came + timedelta(hours=2, minutes=1)).total == 2 * price


@pytest.mark.parametrize(
    ("came", "month", "amount"),
    [
        # in November by the house's clock, although it ends in December: two hours and a minute are three begun
        (datetime(2026, 11, 30, 23, 30, tzinfo=HOUSE_TIME), date(2026, 11, 1), 3 * 300),
        # in December by the house's clock, although Greenwich still has November
        (datetime(2026, 12, 1, 0, 30, tzinfo=HOUSE_TIME), date(2026, 12, 1), 3 * 400),
    ],
    ids=["before midnight", "after midnight"],
)
def test_a_fourth_colleague_around_midnight_of_a_months_end(
    priced: Facility, terminal: SigningTerminal, came: datetime, month: date, amount: int
) -> None:
    """A23, C22: prices change with December."""
    keep_tariff(priced, dearer(date(2026, 12, 1)), NAMES)
    organisation = Organisation.objects.create(name="架空工房株式会社")
    for place in range(4):
        member = Member.objects.create(home_facility=priced, number=f"{place}", name="社員", standing="active")
        Membership.objects.create(member=member, kind="corporate", organisation=organisation, first=date(2026, 4, 1))
        at = came - timedelta(minutes=4 - place) if place < 3 else came
        out = came + timedelta(hours=2, minutes=1)
        terminal.deliver(terminal.record(member.pk, Kind.CHECK_IN, at), terminal.record(member.pk, Kind.CHECK_OUT, out))

    other = date(2026, 12, 1) if month.month == 11 else date(2026, 11, 1)
    assert [row.amount for row in month_of(priced.pk, month)] == [amount]
    assert month_of(priced.pk, other) == []
