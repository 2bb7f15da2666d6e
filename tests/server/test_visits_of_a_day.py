"""The visits of a day, for programs of the staff."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from machine.signing_terminal import MORNING, SigningTerminal, refusal, unsigned
from server.members.models import Member
from server.terminals.models import Facility
from visits.event import Kind


def of(client: Client, facility: Facility, day: str) -> Any:
    answer = unsigned("GET", f"/api/v1/visits?day={day}&facility={facility.pk}", client=client)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_staff_read_the_visits_of_a_day_in_order(staff: Client, terminal: SigningTerminal, facility: Facility) -> None:
    first, second = (
        Member.objects.create(home_facility=facility, number=str(n), name=name, standing="active")
        for n, name in enumerate(("青葉 みのり", "春野 つばさ"))
    )
    terminal.deliver(
        terminal.record(second.pk, at=MORNING + timedelta(minutes=5)),
        *terminal.stay(first.pk),
        terminal.record(first.pk, at=MORNING + timedelta(days=1)),
    )

    assert of(staff, facility, "2026-11-22") == [
        {
            "member": str(first.pk),
            "member_name": "青葉 みのり",
            "facility": str(facility.pk),
            "entered_at": "2026-11-22T00:58:03.123Z",
            "left_at": "2026-11-22T02:58:03.123Z",
            "flags": [],
        },
        {
            "member": str(second.pk),
            "member_name": "春野 つばさ",
            "facility": str(facility.pk),
            "entered_at": "2026-11-22T01:03:03.123Z",
            "left_at": None,
            "flags": [],
        },
    ]


def test_a_visit_without_a_way_in_says_so(staff: Client, terminal: SigningTerminal, facility: Facility) -> None:
    member = Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")
    terminal.deliver(terminal.record(member.pk, Kind.CHECK_OUT))

    [visit] = of(staff, facility, "2026-11-22")

    assert (visit["entered_at"], visit["flags"]) == (None, ["no_check_in"])


@pytest.mark.parametrize("is_staff", [None, False], ids=["nobody", "a user who is no staff"])
def test_nobody_else_reads_them(facility: Facility, is_staff: bool | None) -> None:
    client = Client()
    if is_staff is not None:
        client.force_login(User.objects.create_user("visitor"))

    answer = unsigned("GET", f"/api/v1/visits?day=2026-11-22&facility={facility.pk}", client=client)

    assert refusal(answer) == (401, "sign_in_required")


@pytest.mark.parametrize("query", ["", "day=2026-11-22", "day=2026-11-31&facility=1", "day=%00&facility=%00"])
def test_a_question_without_a_day_and_a_facility_is_not_answered(staff: Client, query: str) -> None:
    assert refusal(unsigned("GET", f"/api/v1/visits?{query}", client=staff)) == (422, "wrong_shape")
