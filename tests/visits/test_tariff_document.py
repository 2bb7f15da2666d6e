"""A tariff survives its JSON form, and a document that is none says where it is wrong."""

import json
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.bill import halved_to_ten
from visits.tariff import (
    MAX_PRICE,
    DayPrice,
    DropInPrices,
    Factors,
    HourPrice,
    MonthPrice,
    Slot,
    SlotPrices,
    Tariff,
    TariffError,
    ThingPrice,
    Unit,
)
from visits.tariff_document import parse_tariff, to_document
from visits.tariff_tokushima import TOKUSHIMA

FULL = replace(TOKUSHIMA, drop_in=DropInPrices(general=300, student=150))

prices = st.integers(0, MAX_PRICE)
keys = st.text(min_size=1, max_size=8)
minutes = st.builds(time, st.integers(0, 23), st.integers(0, 59))
all_days = st.builds(
    lambda key, moments, price: Slot(key, min(moments), max(moments), price),
    keys,
    st.lists(minutes, min_size=2, max_size=2, unique=True),
    prices,
)
tariffs = st.builds(
    Tariff,
    st.dates(),
    slots=st.lists(
        st.builds(SlotPrices, keys, st.tuples(all_days), prices, st.booleans(), st.booleans()),
        max_size=3,
        unique_by=lambda each: each.key,
    ).map(tuple),
    hours=st.lists(st.builds(HourPrice, keys, prices, st.booleans()), max_size=3, unique_by=lambda each: each.key).map(
        tuple
    ),
    days=st.lists(st.builds(DayPrice, keys, prices), max_size=3, unique_by=lambda each: each.key).map(tuple),
    months=st.lists(
        st.builds(
            lambda key, price, renewals: MonthPrice(key, price, halved_to_ten(price), renewals),
            keys,
            prices,
            st.none() | st.integers(0, 9),
        ),
        max_size=3,
        unique_by=lambda each: each.key,
    ).map(tuple),
    things=st.lists(
        st.builds(ThingPrice, keys, st.sampled_from(Unit), prices), max_size=3, unique_by=lambda each: each.key
    ).map(tuple),
    factors=st.none() | st.builds(Factors, prices, st.integers(1, 3), st.integers(3, 9)),
    consignment_percent=st.none() | st.integers(0, 100),
    drop_in=st.none() | st.builds(DropInPrices, prices, prices),
)


def document() -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(to_document(FULL)))
    return copied


def test_the_printed_list_survives_its_json_form() -> None:
    assert parse_tariff(document()) == FULL


@given(tariffs)
def test_every_tariff_survives_its_json_form(tariff: Tariff) -> None:
    assert parse_tariff(json.loads(json.dumps(to_document(tariff)))) == tariff


def test_the_form_is_the_one_that_is_written_down() -> None:
    small = Tariff(
        valid_from=date(2026, 4, 1),
        slots=(SlotPrices("hall", (Slot("all_day", time(9), time(21), 5),), 7, floor=True, per_square_metre=True),),
        hours=(HourPrice("room", 200, floor=False),),
        days=(DayPrice("seat", 650),),
        months=(MonthPrice("room", 14990, 7490, 2), MonthPrice("booth", 20, 10)),
        things=(ThingPrice("projector", Unit.USE, 1000),),
        factors=Factors(2000, 2, 5),
        consignment_percent=20,
        drop_in=DropInPrices(300, 150),
    )
    assert to_document(small) == {
        "v": 1,
        "from": "2026-04-01",
        "slots": [
            {
                "key": "hall",
                "slots": [["all_day", "09:00", "21:00", 5]],
                "overtime": 7,
                "floor": True,
                "per_square_metre": True,
            }
        ],
        "hours": [{"key": "room", "price": 200, "floor": False}],
        "days": [["seat", 650]],
        "months": [["room", 14990, 7490, 2], ["booth", 20, 10, None]],
        "things": [["projector", "use", 1000]],
        "factors": [2000, 2, 5],
        "consignment_percent": 20,
        "drop_in": [300, 150],
    }


def test_what_a_house_does_not_offer_is_null() -> None:
    nothing = to_document(Tariff(date(2026, 4, 1)))
    assert (nothing["factors"], nothing["consignment_percent"], nothing["drop_in"]) == (None, None, None)


def test_a_month_of_an_older_server_is_renewed_without_end() -> None:
    older = document()
    older["months"] = [row[:3] for row in older["months"]]
    assert {price.most_renewals for price in parse_tariff(older).months} == {None}


def test_fields_of_a_later_version_are_ignored() -> None:
    later = document()
    later["points"] = {"per_yen": 1}
    later["slots"][0]["colour"] = "red"
    later["days"][0].append("later")
    assert parse_tariff(later) == FULL


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("v",), 2, "v"),
        (("v",), "1", "v"),
        (("from",), "2026-02-30", "from"),
        (("from",), "20260401", "from"),
        (("from",), 20260401, "from"),
        (("slots",), {}, "slots"),
        (
            (
                "slots",
                1,
            ),
            [],
            "slots[1]",
        ),
        (
            (
                "slots",
                1,
                "key",
            ),
            None,
            "slots[1].key",
        ),
        (
            (
                "slots",
                1,
                "floor",
            ),
            1,
            "slots[1].floor",
        ),
        (
            (
                "slots",
                1,
                "overtime",
            ),
            1.5,
            "slots[1].overtime",
        ),
        (
            (
                "slots",
                1,
                "per_square_metre",
            ),
            "no",
            "slots[1].per_square_metre",
        ),
        (
            (
                "slots",
                1,
                "slots",
            ),
            None,
            "slots[1].slots",
        ),
        (
            (
                "slots",
                1,
                "slots",
                2,
            ),
            ["night", "18:00", "21:00"],
            "slots[1].slots[2]",
        ),
        (
            (
                "slots",
                1,
                "slots",
                2,
                1,
            ),
            "18:00:00",
            "slots[1].slots[2]",
        ),
        (
            (
                "slots",
                1,
                "slots",
                2,
                1,
            ),
            "24:00",
            "slots[1].slots[2]",
        ),
        (
            (
                "slots",
                1,
                "slots",
                2,
                1,
            ),
            "22:00",
            "night",
        ),
        (
            (
                "slots",
                1,
                "slots",
                2,
                3,
            ),
            -1,
            "night",
        ),
        (
            (
                "hours",
                0,
                "price",
            ),
            True,
            "hours[0].price",
        ),
        (
            (
                "hours",
                0,
                "floor",
            ),
            None,
            "hours[0].floor",
        ),
        (
            (
                "days",
                0,
            ),
            "workspace",
            "days[0]",
        ),
        (
            (
                "days",
                0,
                1,
            ),
            "650",
            "days[0]",
        ),
        (
            (
                "months",
                0,
                2,
            ),
            7495,
            "rental_room",
        ),
        (
            (
                "months",
                0,
                2,
            ),
            None,
            "months[0]",
        ),
        (
            (
                "things",
                0,
                1,
            ),
            "minute",
            "things[0]",
        ),
        (("months", 0, 3), -1, "rental_room"),
        (("months", 0, 3), "2", "months[0]"),
        (("factors",), [2000, 2], "factors"),
        (("factors",), [2000, 5, 2], "factors"),
        (("consignment_percent",), 101, "consignment_percent"),
        (("consignment_percent",), "20", "consignment_percent"),
        (("drop_in",), 150, "drop_in"),
        (("drop_in",), [300, 150.0], "drop_in"),
    ],
    ids=repr,
)
def test_what_is_wrong_is_named(path: tuple[str | int, ...], value: object, place: str) -> None:
    wrong = document()
    target: Any = wrong
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(TariffError) as raised:
        parse_tariff(wrong)
    assert raised.value.place == place


@pytest.mark.parametrize("name", ["v", "from", "slots", "hours", "days", "months", "things"])
def test_what_is_missing_is_named(name: str) -> None:
    wrong = document()
    del wrong[name]
    with pytest.raises(TariffError) as raised:
        parse_tariff(wrong)
    assert raised.value.place == name


@pytest.mark.parametrize("wrong", [None, [], "tariff", 1], ids=repr)
def test_what_is_no_object_is_no_tariff(wrong: object) -> None:
    with pytest.raises(TariffError) as raised:
        parse_tariff(wrong)
    assert raised.value.place == "tariff"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(to_document(FULL))), json_values)
def test_any_value_in_any_place_is_a_tariff_or_a_named_error(name: str, value: object) -> None:
    try:
        parse_tariff(document() | {name: value})
    except TariffError as error:
        place = error.place
    else:
        return
    assert place
