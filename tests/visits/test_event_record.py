"""The record of a passage: one form, byte for byte, and nothing else is read."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.decision import Rule
from visits.event import (
    FIRST_PREVIOUS,
    MAX_INTEGER,
    Clock,
    Event,
    EventError,
    Kind,
    Position,
    Revocation,
    ServerOffset,
    canonical,
    from_instant,
    head_statement,
    parse_event,
    parse_position,
    record_hash,
    to_instant,
    to_record,
)

TERMINAL = UUID("0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01")
EVENT = Event(
    position=Position(TERMINAL, 1, FIRST_PREVIOUS),
    kind=Kind.CHECK_IN,
    member=UUID("6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001"),
    at=datetime(2026, 11, 22, 0, 58, 3, 123987, tzinfo=UTC),
    monotonic_ms=86_400_000,
    boot=UUID("c7b0f1de-52a4-4b0e-9a55-6e1f9a3d2b10"),
    boot_number=3,
    clock=Clock.SYNCHRONISED,
    rule=Rule.ACTIVE_MEMBER,
    revocation=Revocation.NOT_CHECKED,
)
GOLDEN = (
    b'{"at":"2026-11-22T00:58:03.123Z","boot":"c7b0f1de-52a4-4b0e-9a55-6e1f9a3d2b10","boot_number":3,'
    b'"clock":"synchronised","kind":"check_in","member":"6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001",'
    b'"monotonic_ms":86400000,"prev":"0000000000000000000000000000000000000000000000000000000000000000",'
    b'"revocation":"not_checked","rule":"active_member","seq":1,"terminal":"0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01","v":1}'
)
GOLDEN_HASH = "bf6f5be03bcf37e231cd8ec69fde43ba261fb2fde64d128d71f45e48fcb501b4"

STRINGS = ("terminal", "prev", "kind", "member", "at", "boot", "clock", "rule", "revocation")
INTEGERS = {"seq": 1, "monotonic_ms": 0, "boot_number": 1, "v": 1}

instants = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
events = st.builds(
    Event,
    position=st.builds(Position, st.uuids(), st.integers(1, MAX_INTEGER), st.binary(min_size=32, max_size=32)),
    kind=st.sampled_from(Kind),
    member=st.uuids(),
    at=instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    monotonic_ms=st.integers(0, MAX_INTEGER),
    boot=st.uuids(),
    boot_number=st.integers(1, MAX_INTEGER),
    clock=st.sampled_from(Clock),
    rule=st.sampled_from(Rule),
    revocation=st.sampled_from(Revocation),
    offset=st.none() | st.builds(ServerOffset, st.integers(0, MAX_INTEGER), st.integers(0, MAX_INTEGER)),
)


def with_(field: str, value: object) -> dict[str, object]:
    return {**to_record(EVENT), field: value}


def refusal(record: dict[str, object]) -> EventError:
    with pytest.raises(EventError) as refused:
        parse_event(record)
    return refused.value


# Its form


def test_a_record_has_these_bytes() -> None:
    assert canonical(to_record(EVENT)) == GOLDEN


def test_a_record_has_this_hash() -> None:
    assert record_hash(to_record(EVENT)).hex() == GOLDEN_HASH


def test_the_fields_are_exactly_those_described() -> None:
    assert set(to_record(EVENT)) == {*STRINGS, *INTEGERS}


def test_a_known_server_offset_is_part_of_the_record() -> None:
    record = to_record(replace(EVENT, offset=ServerOffset(1_763_700_000_000, 12)))
    assert record == {
        **to_record(EVENT),
        "server_offset_ms": 1_763_700_000_000,
        "server_offset_error_ms": 12,
    }


@given(events)
def test_what_was_written_is_read_back(event: Event) -> None:
    assert parse_event(json.loads(canonical(to_record(event)))) == event


@given(events)
def test_its_place_in_the_chain_is_read_alone(event: Event) -> None:
    assert parse_position(to_record(event)) == event.position


@given(events, events)
def test_different_events_have_different_hashes(one: Event, other: Event) -> None:
    assert (record_hash(to_record(one)) == record_hash(to_record(other))) == (one == other)


def test_the_order_of_fields_on_the_wire_does_not_matter() -> None:
    backwards = dict(reversed(to_record(EVENT).items()))
    assert canonical(backwards) == GOLDEN


def test_text_beyond_ascii_is_hashed_as_utf_8() -> None:
    assert canonical({"note": "鳥"}) == '{"note":"鳥"}'.encode()


def test_a_later_version_s_field_is_passed_over() -> None:
    assert parse_event(with_("temperature", {"celsius": 21})) == parse_event(to_record(EVENT))


def test_a_later_version_s_field_is_hashed() -> None:
    assert record_hash(with_("temperature", 21)) != record_hash(to_record(EVENT))


def test_the_signed_statement_names_terminal_place_and_hash() -> None:
    assert head_statement(TERMINAL, 7, bytes(range(32))) == (
        b"checkin-terminal head v1\n0b6c5c2e-7f2a-4a57-8f42-2d9a0e6b1c01\n7\n"
        b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    )


# What is not a record


@pytest.mark.parametrize("field", [*STRINGS, *INTEGERS])
def test_a_missing_field_is_named(field: str) -> None:
    record = to_record(EVENT)
    del record[field]
    assert refusal(record).field == field


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], {}, b"x"], ids=repr)
@pytest.mark.parametrize("field", STRINGS)
def test_a_string_is_a_string(field: str, value: object) -> None:
    assert refusal(with_(field, value)).field == field


@pytest.mark.parametrize(
    "value", [None, True, False, 1.0, "1", "１", [1], -1, MAX_INTEGER + 1, 10**400], ids=lambda v: repr(v)[:12]
)
@pytest.mark.parametrize("field", INTEGERS)
def test_an_integer_is_an_integer_in_range(field: str, value: object) -> None:
    assert refusal(with_(field, value)).field == field


@pytest.mark.parametrize(("field", "least"), [(name, least) for name, least in INTEGERS.items() if name != "v"])
def test_an_integer_has_its_least_and_its_most(field: str, least: int) -> None:
    assert parse_event(with_(field, least))
    assert parse_event(with_(field, MAX_INTEGER))
    assert refusal(with_(field, least - 1)).field == field


OFFSETS = ("server_offset_ms", "server_offset_error_ms")


@pytest.mark.parametrize("absent", OFFSETS)
def test_half_an_offset_is_none(absent: str) -> None:
    record = to_record(replace(EVENT, offset=ServerOffset(0, 0)))
    del record[absent]
    assert refusal(record).field == absent


@pytest.mark.parametrize("value", [None, True, -1, "1", 1.0, MAX_INTEGER + 1], ids=repr)
@pytest.mark.parametrize("field", OFFSETS)
def test_an_offset_is_two_integers_in_range(field: str, value: object) -> None:
    record = to_record(replace(EVENT, offset=ServerOffset(0, 0)))
    assert refusal({**record, field: value}).field == field


def test_another_version_is_not_read() -> None:
    assert refusal(with_("v", 2)).field == "v"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6F1F8C52-2C1C-4E44-9D3A-0A5A5F7C0001",
        "6f1f8c522c1c4e449d3a0a5a5f7c0001",
        "{6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001}",
        "urn:uuid:6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001",
        "６f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001",
        "6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c00_1",
        "6f1f8c52-2c1c-4e44-9d3a-0a5a5f7c0001\n",
        "0" * 1_000_000,
    ],
    ids=["empty", "upper case", "bare", "braced", "urn", "full-width digit", "underscore", "newline", "huge"],
)
@pytest.mark.parametrize("field", ["terminal", "member", "boot"])
def test_a_uuid_has_one_form(field: str, text: str) -> None:
    assert refusal(with_(field, text)).field == field


@pytest.mark.parametrize(
    "text",
    ["", "00" * 31, "00" * 33, "0" * 63, "AB" * 32, "xy" * 32, "00 " * 32, "００" * 32, "00" * 1_000_000],
    ids=["empty", "short", "long", "odd", "upper case", "not hex", "spaced", "full-width digits", "huge"],
)
def test_a_previous_hash_has_one_form(text: str) -> None:
    assert refusal(with_("prev", text)).field == "prev"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22T00:58:03Z",
        "2026-11-22T00:58:03.12Z",
        "2026-11-22T00:58:03.123456Z",
        "2026-11-22T00:58:03.123z",
        "2026-11-22t00:58:03.123Z",
        "2026-11-22 00:58:03.123Z",
        "2026-11-22T00:58:03.123+00:00",
        "2026-11-22T09:58:03.123+09:00",
        "2026-11-22T00:58:03.123",
        "2026-11-22T00:58:60.000Z",
        "2026-02-29T00:00:00.000Z",
        "2026-1-2T00:58:03.123Z",
        "２０２６-11-22T00:58:03.123Z",
        "+2026-11-22T00:58:03.123Z",
        " 2026-11-22T00:58:03.123Z",
        "2026-11-22T00:58:03.123Z\n",
        "1" * 1_000_000,
    ],
    ids=lambda text: text[:30] or "empty",
)
def test_an_instant_has_one_form(text: str) -> None:
    assert refusal(with_("at", text)).field == "at"


@pytest.mark.parametrize("field", ["kind", "clock", "rule", "revocation"])
@pytest.mark.parametrize(
    "text", ["", "CHECK_IN", "check-in", " check_in", "x" * 1_000_000], ids=lambda text: repr(text[:12])
)
def test_a_word_is_one_of_those_agreed(field: str, text: str) -> None:
    assert refusal(with_(field, text)).field == field


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.sampled_from([*STRINGS, *INTEGERS]), _json)
def test_whatever_stands_in_a_field_only_an_event_error_comes_of_it(field: str, value: object) -> None:
    with suppress(EventError):
        parse_event(with_(field, value))


@given(st.sampled_from(STRINGS), st.text(min_size=12))
def test_an_error_never_carries_the_value(field: str, value: str) -> None:
    error = refusal(with_(field, value))
    chain = [error, error.__cause__, None if error.__suppress_context__ else error.__context__]
    assert not any(value in str(each) or value in repr(each) for each in chain if each)


# Instants


@given(instants)
def test_an_instant_is_cut_to_milliseconds(at: datetime) -> None:
    assert timedelta(0) <= at - from_instant(to_instant(at)) < timedelta(milliseconds=1)


def test_an_instant_is_written_in_utc_whatever_its_zone() -> None:
    japan = timezone(timedelta(hours=9))
    assert to_instant(datetime(2026, 11, 22, 9, 58, 3, tzinfo=japan)) == "2026-11-22T00:58:03.000Z"


def test_a_naive_instant_is_not_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_instant(datetime(2026, 11, 22))  # noqa: DTZ001
