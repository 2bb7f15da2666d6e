"""A member's terms as one text: everything the roster says comes back from it, and nothing takes no room (A36, C34)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from samples.storage import ANN, member

from kiosk.storage.terms import (
    NO_TERMS,
    Terms,
    arrived,
    past_from_text,
    past_to_text,
    read,
    usage_from_text,
    usage_to_text,
)
from sync.feed import RosterMembership, RosterPast, RosterUsage
from visits.limits import UNUSED, Limits, Usage
from visits.member import Kind, Membership
from visits.past import NO_PAST, Past

ORGANISATION = UUID(int=0xC0)
FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
CORPORATE = RosterMembership("corporate", FIRST, LAST, str(ORGANISATION), 20, None)
USED = RosterUsage(date(2026, 11, 21), 7, 3)
FULL = member(
    ANN,
    memberships=(CORPORATE, RosterMembership("individual", date(2027, 4, 1), None, None)),
    usage=USED,
    assumed=True,
    paid_until="2026-11-22T12:00:00+09:00",
    past=RosterPast(date(2026, 11, 20), 690),
)


def test_what_arrived_is_read_back() -> None:
    assert read(arrived(FULL)) == Terms(
        memberships=(
            Membership(Kind.CORPORATE, FIRST, LAST, ORGANISATION, Limits(20, None)),
            Membership(Kind.INDIVIDUAL, date(2027, 4, 1)),
        ),
        usage=Usage(date(2026, 11, 21), 7, 3),
        assumed=True,
        paid_until=datetime(2026, 11, 22, 3, tzinfo=UTC),
        past=Past(date(2026, 11, 20), 690),
    )


@pytest.mark.parametrize("kept", ["memberships", "usage", "assumed", "paid_until", "past"])
def test_each_part_stands_alone(kept: str) -> None:
    alone = member(ANN, **{kept: getattr(FULL, kept)})
    assert read(arrived(alone)) == replace(NO_TERMS, **{kept: getattr(read(arrived(FULL)), kept)})


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_read_back(kind: Kind) -> None:
    through_one = kind in {Kind.CORPORATE, Kind.SCHOOL, Kind.PARTNER}
    told = RosterMembership(kind.value, FIRST, None, str(ORGANISATION) if through_one else None)
    (found,) = read(arrived(member(ANN, memberships=(told,)))).memberships
    assert found.kind is kind


def test_a_member_of_whom_nothing_is_said_has_no_text() -> None:
    assert arrived(member(ANN)) is None
    assert read(None) == NO_TERMS


@pytest.mark.parametrize(
    "strange",
    [
        member(ANN, memberships=(RosterMembership("honorary", FIRST, None, None),)),
        member(ANN, memberships=(RosterMembership("corporate", FIRST, None, None),)),
        member(ANN, memberships=(RosterMembership("individual", FIRST, None, str(ORGANISATION)),)),
        member(ANN, memberships=(RosterMembership("corporate", FIRST, None, str(ORGANISATION).upper()),)),
        member(ANN, memberships=(RosterMembership("individual", LAST, FIRST, None),)),
        member(ANN, usage=RosterUsage(date(2026, 11, 1), 2, 1)),
        member(ANN, paid_until="noon"),
        member(ANN, paid_until="2026-11-22T12:00:00"),
    ],
    ids=["kind", "no organisation", "organisation", "id in another form", "ends first", "usage", "instant", "naive"],
)
def test_terms_not_understood_are_not_taken(strange: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whose words are free
        arrived(strange)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ['{"memberships": [["honorary", "2026-04-01", null, null, null, null]]}', '{"usage": ["2026-11-21", 7, 3, 1]}'],
    ids=["a kind of later", "a usage of later"],
)
def test_terms_kept_by_a_later_version_are_no_terms(text: str) -> None:
    assert read(text) == NO_TERMS


@pytest.mark.parametrize("usage", [UNUSED, Usage(date(2026, 11, 21), 7, 3)], ids=["never", "used"])
def test_usage_is_read_back(usage: Usage) -> None:
    assert usage_from_text(usage_to_text(usage)) == usage


@pytest.mark.parametrize("past", [NO_PAST, Past(date(2026, 11, 20), 690)], ids=["never", "was here"])
def test_a_past_is_read_back(past: Past) -> None:
    assert past_from_text(past_to_text(past)) == past
