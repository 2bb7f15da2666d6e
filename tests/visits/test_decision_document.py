"""A decision as bytes: the same decision is the same document, wherever it was made, and different ones differ."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import HOUSE_TIME
from visits.decision import Admitted, Direction, Fee, Refused, Rule, to_document

SEVEN = datetime(2026, 11, 23, 19, tzinfo=HOUSE_TIME)
WHOLE = Admitted(Direction.IN, Rule.OVER_LIMIT, Fee(4, 3, 350), forgotten=SEVEN, overstayed=7, crowded=True)


def test_the_document_of_an_admission_as_it_is_written() -> None:
    assert to_document(WHOLE) == (
        b'{"admitted":"in","crowded":true,"fee":[4,3,350],"forgotten":1795428000000,"overstayed":7,"rule":"over_limit"}'
    )


def test_what_there_is_nothing_to_tell_of_is_null() -> None:
    assert to_document(Admitted(Direction.OUT, Rule.LEAVING_IS_FREE)) == (
        b'{"admitted":"out","crowded":false,"fee":null,"forgotten":null,"overstayed":0,"rule":"leaving_is_free"}'
    )


def test_a_fee_without_a_price_is_told_as_one() -> None:
    assert b'"fee":[4,3,null]' in to_document(replace(WHOLE, fee=Fee(4, 3, None)))


@pytest.mark.parametrize("rule", list(Rule), ids=lambda rule: rule.value)
def test_a_refusal_is_its_rule(rule: Rule) -> None:
    assert json.loads(to_document(Refused(rule))) == {"admitted": None, "rule": rule.value}


@pytest.mark.parametrize("zone", [UTC, HOUSE_TIME, timezone(timedelta(hours=-11))], ids=str)
def test_the_same_instant_is_the_same_in_every_zone(zone: timezone) -> None:
    assert to_document(replace(WHOLE, forgotten=SEVEN.astimezone(zone))) == to_document(WHOLE)


_INSTANTS = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001 - made aware
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)
_FEES = st.none() | st.builds(Fee, st.integers(4, 99), st.sampled_from((3, 10)), st.none() | st.integers(0, 10**8))
_DECISIONS = st.builds(Refused, st.sampled_from(Rule)) | st.builds(
    Admitted,
    st.sampled_from(Direction),
    st.sampled_from(Rule),
    _FEES,
    _INSTANTS,
    st.integers(0, 10**6),
    st.booleans(),
)


@given(_DECISIONS, _DECISIONS)
def test_documents_are_equal_where_decisions_are(one: Admitted | Refused, other: Admitted | Refused) -> None:
    assert (to_document(one) == to_document(other)) is (one == other)


@given(_DECISIONS)
def test_a_document_is_canonical_json_of_whole_numbers(decision: Admitted | Refused) -> None:
    document = to_document(decision)
    read = json.loads(document, parse_float=str)
    assert json.dumps(read, sort_keys=True, separators=(",", ":")).encode() == document
    assert not any(isinstance(value, str) and "." in value for value in read.values())
