"""Which rules hold when, and their document, read strictly and of later makers too (C22)."""

import json
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME, Calendar, Closure, Hours, YearlyClosure
from visits.limits import Limits
from visits.occupancy import Capacity
from visits.rulebook import (
    MOST_SECONDS_BETWEEN_TAPS,
    Rulebook,
    RulebookError,
    Text,
    Version,
    hours_by,
    in_force,
    next_opening_by,
    parse_rulebook,
    tariff_on,
    to_document,
)
from visits.tariff import Tariff
from visits.tariff_document import to_document as tariff_to_document
from visits.tariff_tokushima import TOKUSHIMA

DAY = Hours(time(10), time(19))
EVENING = Hours(time(17), time(21))
ALL_DAYS = Calendar(weekly=(DAY,) * 7)
EVENINGS = Calendar(weekly=(EVENING,) * 7)
NEVER = Calendar(weekly=(None,) * 7)

DOCUMENT: dict[str, Any] = {
    "v": 1,
    "versions": [
        {
            "from": "2026-04-01",
            "calendar": {
                "weekly": [["10:00", "19:00"], None, *[["10:00", "21:00"]] * 5],
                "yearly": [["12-29", "01-03"], ["02-29", "02-29"]],
                "closures": [["2026-08-13", "2026-08-15", "全館休館"]],
                "exceptions": [["2026-11-24", ["10:00", "17:00"]], ["2026-11-25", None]],
                "last_check_in_minutes": 30,
            },
            "limits": [20, None],
            "capacity": [80, True],
            "seconds_between_taps": 10,
            "announcement": {"ja": "11月は防災訓練があります", "en": "There is a fire drill in November"},
            "reception": {"ja": "1階", "en": "Ground floor"},
        }
    ],
    "tariffs": [tariff_to_document(TOKUSHIMA)],
}
RULEBOOK = Rulebook(
    (
        Version(
            date(2026, 4, 1),
            Calendar(
                weekly=(DAY, None, *(Hours(time(10), time(21)),) * 5),
                yearly=(YearlyClosure((12, 29), (1, 3)), YearlyClosure((2, 29), (2, 29))),
                closures=(Closure(date(2026, 8, 13), date(2026, 8, 15), "全館休館"),),
                exceptions=((date(2026, 11, 24), Hours(time(10), time(17))), (date(2026, 11, 25), None)),
                last_check_in_minutes=30,
            ),
            limits=Limits(uses_in_month=20),
            capacity=Capacity(80, hard=True),
            seconds_between_taps=10,
            announcement=Text("11月は防災訓練があります", "There is a fire drill in November"),
            reception=Text("1階", "Ground floor"),
        ),
    ),
    (TOKUSHIMA,),
)


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


def test_the_document_of_a_rulebook_as_it_is_sent() -> None:
    assert to_document(RULEBOOK) == DOCUMENT


def test_a_document_that_came_as_json_is_the_rulebook() -> None:
    assert parse_rulebook(json.loads(json.dumps(DOCUMENT))) == RULEBOOK


def test_no_rules_at_all_are_a_rulebook() -> None:
    assert parse_rulebook({"v": 1, "versions": []}) == Rulebook()


@pytest.mark.parametrize(
    "path",
    [("fines",), ("versions", 0, "robots"), ("versions", 0, "calendar", "floors"), ("tariffs", 0, "parcels")],
    ids=lambda path: path[-1],
)
def test_fields_of_later_makers_are_passed_over(path: tuple[str | int, ...]) -> None:
    assert parse_rulebook(changed(path, {"anything": [1]})) == RULEBOOK


def test_values_of_later_makers_are_passed_over() -> None:
    assert parse_rulebook(changed(("versions", 0, "capacity"), [80, True, "of them seated"])) == RULEBOOK


def test_a_document_of_an_older_server_has_no_limits_texts_or_tariffs() -> None:
    document = deepcopy(DOCUMENT)
    del document["tariffs"]
    for field in ("limits", "capacity", "seconds_between_taps", "announcement", "reception"):
        del document["versions"][0][field]
    version = RULEBOOK.versions[0]
    assert parse_rulebook(document) == Rulebook((Version(version.valid_from, version.calendar),))


CALENDAR = ("versions", 0, "calendar")
VERSION = ("versions", 0)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("v",), 2, "v"),
        (("v",), True, "v"),
        (("v",), "1", "v"),
        (("versions",), None, "versions"),
        (("versions",), {}, "versions"),
        (("versions", 0), None, "versions[0]"),
        (("versions", 0, "from"), None, "versions[0].from"),
        (("versions", 0, "from"), "20260401", "versions[0].from"),
        (("versions", 0, "from"), "2026-W14-3", "versions[0].from"),
        (("versions", 0, "from"), "2026-02-29", "versions[0].from"),
        (("versions", 0, "calendar"), [], "versions[0].calendar"),
        ((*CALENDAR, "weekly"), [None] * 6, "versions[0].calendar"),
        ((*CALENDAR, "weekly"), [None] * 8, "versions[0].calendar"),
        ((*CALENDAR, "weekly", 6), ["10:00"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), ["10:00", "10:00"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), ["10", "19:00"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), ["10:00:00", "19:00"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), ["10:00Z", "19:00Z"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), ["10:00", "24:00"], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "weekly", 6), [10, 19], "versions[0].calendar.weekly[6]"),
        ((*CALENDAR, "yearly"), None, "versions[0].calendar.yearly"),
        ((*CALENDAR, "yearly", 0), ["12-29"], "versions[0].calendar.yearly[0]"),
        ((*CALENDAR, "yearly", 0), ["12-29", "1-3"], "versions[0].calendar.yearly[0]"),
        ((*CALENDAR, "yearly", 0), ["02-30", "03-01"], "versions[0].calendar.yearly[0]"),
        ((*CALENDAR, "closures", 0), ["2026-08-13", "2026-08-15"], "versions[0].calendar.closures[0]"),
        ((*CALENDAR, "closures", 0), ["2026-08-13", "2026-08-12", ""], "versions[0].calendar.closures[0]"),
        ((*CALENDAR, "closures", 0), ["2026-08-13", "2026-08-15", None], "versions[0].calendar.closures[0]"),
        ((*CALENDAR, "exceptions", 1), ["2026-11-24", None], "versions[0].calendar"),
        ((*CALENDAR, "exceptions", 1), ["2026-11-25"], "versions[0].calendar.exceptions[1]"),
        ((*CALENDAR, "last_check_in_minutes"), -1, "versions[0].calendar"),
        ((*CALENDAR, "last_check_in_minutes"), 1440, "versions[0].calendar"),
        ((*CALENDAR, "last_check_in_minutes"), True, "versions[0].calendar.last_check_in_minutes"),
        ((*CALENDAR, "last_check_in_minutes"), 30.0, "versions[0].calendar.last_check_in_minutes"),
        ((*VERSION, "limits"), [20], "versions[0].limits"),
        ((*VERSION, "limits"), [0, None], "versions[0].limits"),
        ((*VERSION, "limits"), [None, True], "versions[0].limits"),
        ((*VERSION, "limits"), None, "versions[0].limits"),
        ((*VERSION, "capacity"), [80], "versions[0].capacity"),
        ((*VERSION, "capacity"), [0, True], "versions[0].capacity"),
        ((*VERSION, "capacity"), [80, 1], "versions[0].capacity"),
        ((*VERSION, "capacity"), ["80", True], "versions[0].capacity"),
        ((*VERSION, "seconds_between_taps"), -1, "versions[0]"),
        ((*VERSION, "seconds_between_taps"), 601, "versions[0]"),
        ((*VERSION, "seconds_between_taps"), None, "versions[0].seconds_between_taps"),
        ((*VERSION, "announcement"), "text", "versions[0].announcement"),
        ((*VERSION, "announcement"), {"ja": "日本語だけ"}, "versions[0].announcement.en"),
        ((*VERSION, "reception"), {"en": "only English"}, "versions[0].reception.ja"),
        (("tariffs",), {}, "tariffs"),
        (("tariffs", 0), None, "tariffs[0].tariff"),
        (("tariffs", 0, "days", 0), ["workspace", "650"], "tariffs[0].days[0]"),
        (("tariffs", 0, "from"), "2023", "tariffs[0].from"),
    ],
)
def test_the_wrong_place_of_a_document_is_named(path: tuple[str | int, ...], value: object, place: str) -> None:
    with pytest.raises(RulebookError) as raised:
        parse_rulebook(changed(path, value))
    assert raised.value.place == place


@pytest.mark.parametrize("document", [None, [], "rules", 1])
def test_what_is_no_object_is_no_document(document: object) -> None:
    with pytest.raises(RulebookError) as raised:
        parse_rulebook(document)
    assert raised.value.place == "document"


@pytest.mark.parametrize("field", list(DOCUMENT["versions"][0]["calendar"]))
def test_no_field_of_a_calendar_is_left_to_guessing(field: str) -> None:
    document = deepcopy(DOCUMENT)
    del document["versions"][0]["calendar"][field]
    with pytest.raises(RulebookError) as raised:
        parse_rulebook(document)
    assert raised.value.place == f"versions[0].calendar.{field}"


@pytest.mark.parametrize("second", ["2026-04-01", "2026-03-31"])
def test_versions_follow_each_other(second: str) -> None:
    document = deepcopy(DOCUMENT)
    document["versions"].append({**deepcopy(DOCUMENT["versions"][0]), "from": second})
    with pytest.raises(RulebookError) as raised:
        parse_rulebook(document)
    assert raised.value.place == "versions"


def test_tariffs_follow_each_other() -> None:
    document = deepcopy(DOCUMENT)
    document["tariffs"] *= 2
    with pytest.raises(RulebookError) as raised:
        parse_rulebook(document)
    assert raised.value.place == "tariffs"


FIRST, SECOND = Version(date(2026, 4, 1), ALL_DAYS), Version(date(2028, 2, 29), EVENINGS)


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2026, 3, 31), None),
        (date(2026, 4, 1), FIRST),
        (date(2028, 2, 28), FIRST),
        (date(2028, 2, 29), SECOND),
        (date(2099, 12, 31), SECOND),
    ],
)
def test_a_version_holds_from_its_day_until_the_next(day: date, version: Version | None) -> None:
    assert in_force(Rulebook((FIRST, SECOND)), day) == version


def test_without_versions_nothing_holds() -> None:
    assert in_force(Rulebook(), date(2026, 4, 1)) is None


def test_a_tariff_is_that_of_the_day() -> None:
    first, second = Tariff(date(2026, 4, 1)), Tariff(date(2027, 1, 1))
    rulebook = Rulebook(tariffs=(first, second))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [tariff_on(rulebook, day) for day in days] == [None, first, first, second]


def test_hours_are_those_of_the_version_of_the_day() -> None:
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2028, 2, 28), date(2028, 2, 29)]
    assert [hours_by(Rulebook((FIRST, SECOND)), day) for day in days] == [None, DAY, DAY, EVENING]


@pytest.mark.parametrize("seconds", [-1, MOST_SECONDS_BETWEEN_TAPS + 1])
def test_seconds_between_taps_have_their_bounds(seconds: int) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Version(date(2026, 4, 1), ALL_DAYS, seconds_between_taps=seconds)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), HOUSE_TIME)


def test_the_next_opening_is_by_the_rules_of_its_own_day() -> None:
    rulebook = Rulebook((FIRST, SECOND))
    last = date(2028, 2, 28)
    assert next_opening_by(rulebook, at(last, 9)) == at(last, 10)
    assert next_opening_by(rulebook, at(last, 10)) == at(date(2028, 2, 29), 17)


def test_rules_that_begin_later_open_the_house_on_their_first_day() -> None:
    assert next_opening_by(Rulebook((FIRST,)), at(date(2026, 3, 1), 12)) == at(date(2026, 4, 1), 10)


def test_a_house_closed_for_good_has_no_next_opening() -> None:
    rulebook = Rulebook((FIRST, Version(date(2026, 5, 1), NEVER)))
    assert next_opening_by(rulebook, at(date(2026, 4, 30), 9)) == at(date(2026, 4, 30), 10)
    assert next_opening_by(rulebook, at(date(2026, 4, 30), 10)) is None


_MINUTES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
_HOURS = st.lists(_MINUTES, min_size=2, max_size=2, unique=True).map(sorted).map(lambda pair: Hours(*pair))
_DAYS = st.dates(date(1970, 1, 1), date(2199, 12, 31))
_MONTH_DAYS = _DAYS.map(lambda day: (day.month, day.day))
_CALENDARS = st.builds(
    Calendar,
    weekly=st.tuples(*[st.none() | _HOURS] * 7),
    yearly=st.lists(st.builds(YearlyClosure, _MONTH_DAYS, _MONTH_DAYS), max_size=2).map(tuple),
    closures=st.lists(
        st.builds(
            lambda day, days, text: Closure(day, day + timedelta(days), text), _DAYS, st.integers(0, 9), st.text()
        ),
        max_size=2,
    ).map(tuple),
    exceptions=st.dictionaries(_DAYS, st.none() | _HOURS, max_size=3).map(lambda each: tuple(each.items())),
    last_check_in_minutes=st.integers(0, 1439),
)
_COUNTS = st.none() | st.integers(1, 400)
_TEXTS = st.builds(Text, st.text(), st.text())
_VERSIONS = st.lists(
    st.builds(
        Version,
        _DAYS,
        _CALENDARS,
        limits=st.builds(Limits, _COUNTS, _COUNTS),
        capacity=st.none() | st.builds(Capacity, st.integers(1, 9999), st.booleans()),
        seconds_between_taps=st.integers(0, MOST_SECONDS_BETWEEN_TAPS),
        announcement=_TEXTS,
        reception=_TEXTS,
    ),
    max_size=3,
    unique_by=lambda version: version.valid_from,
)
_TARIFFS = st.lists(_DAYS, max_size=2, unique=True).map(
    lambda days: tuple(replace(TOKUSHIMA, valid_from=day) for day in sorted(days))
)
_RULEBOOKS = st.builds(
    lambda versions, tariffs: Rulebook(tuple(sorted(versions, key=lambda version: version.valid_from)), tariffs),
    _VERSIONS,
    _TARIFFS,
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_PLACES = st.sampled_from(
    [
        ("versions",),
        ("versions", 0),
        ("versions", 0, "from"),
        CALENDAR,
        *((*CALENDAR, field) for field in DOCUMENT["versions"][0]["calendar"]),
        (*CALENDAR, "weekly", 3),
        (*CALENDAR, "closures", 0),
        (*CALENDAR, "exceptions", 0),
        (*CALENDAR, "yearly", 0),
        *((*VERSION, field) for field in DOCUMENT["versions"][0]),
        ("tariffs",),
        ("tariffs", 0),
        *(("tariffs", 0, field) for field in DOCUMENT["tariffs"][0]),
    ]
)


@given(_RULEBOOKS)
def test_every_rulebook_comes_back_from_its_document(rulebook: Rulebook) -> None:
    assert parse_rulebook(json.loads(json.dumps(to_document(rulebook)))) == rulebook


@given(_PLACES, _JSON)
def test_a_document_gone_wrong_anywhere_is_read_or_refused_and_nothing_else(
    place: tuple[str | int, ...], value: object
) -> None:
    with suppress(RulebookError):
        parse_rulebook(changed(place, value))
