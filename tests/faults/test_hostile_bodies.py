"""Whatever is sent in whatever shape: no fault of the server's, and of what it refuses nothing is kept.

The requests come from the API's own description, and every one is well signed, so that it gets as far as it can.
"""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ninja.parser import Parser
from pytest_django.fixtures import Settings

from machine.campaign import Campaign
from machine.intruder import Attack, as_json, attacks, spoilt_records
from machine.signing_terminal import SigningTerminal, document, unsigned
from server.api.v1 import api
from server.ledger.models import Alarm, Event, Visit
from server.members.models import CardLink, Member
from server.members.roster_change import RosterChange
from server.terminals.models import EnrolmentCode, Facility, Terminal

KEPT = (Alarm, CardLink, EnrolmentCode, Event, Facility, Member, RosterChange, Terminal, Visit)
PROBLEM = {"type", "title", "status", "detail", "code"}


@pytest.fixture
def facility(db: None, settings: Settings, tmp_path: Path) -> Facility:
    settings.STATIC_ROOT = tmp_path
    settings.SECRET_KEY = "for tests only"
    settings.CARD_REFERENCE_KEY_FILE = tmp_path / "card_reference_key"
    settings.RATES = {"terminal": 10**9, "address": 10**9}
    cache.clear()
    return Facility.objects.create(name="みどり町コワーキング")


@pytest.fixture
def terminal(facility: Facility) -> SigningTerminal:
    return SigningTerminal.enrolled_at(facility, "入室機")


@pytest.fixture
def member(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり")


def kept() -> tuple[list[int], list[Any]]:
    """How much there is of everything, and all that could change of terminals."""
    terminals = Terminal.objects.order_by("pk").values_list("pk", "public_key", "previous_key", "revoked_at")
    return [model._default_manager.count() for model in KEPT], list(terminals)


def judge(answer: HttpResponse, before: tuple[list[int], list[Any]]) -> None:
    assert answer.status_code < 500, answer.status_code
    assert b"Traceback" not in answer.content
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(document(answer)) >= PROBLEM
        assert kept() == before


def many(
    campaign: Campaign,
    count: int,
    strategy: st.SearchStrategy[Any],
    attack: Callable[[Any], None],
    phases: Collection[Phase] = tuple(Phase),
) -> None:
    """Runs the attack on so many examples, the same for the same seed."""
    bounded = settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        phases=phases,
    )
    seed(campaign.seed)(bounded(given(strategy)(attack)))()


def test_requests_of_every_shape_are_answered_or_refused(terminal: SigningTerminal, campaign: Campaign) -> None:
    each, answers = campaign.size(short=15, full=2000), dict.fromkeys(range(2, 5), 0)

    def attack(attack: Attack) -> None:
        before = kept()
        answer = attack.against(terminal)
        judge(answer, before)
        answers[answer.status_code // 100] = answers.get(answer.status_code // 100, 0) + 1

    description = document(unsigned("GET", "/api/v1/openapi.json"))
    operations = list(attacks(description, terminal))
    for _, strategy in operations:
        many(campaign, each, strategy, attack)

    campaign.report(
        "hostile_bodies",
        {
            "operations": len(operations),
            "requests": sum(answers.values()),
            "answered": answers[2],
            "refused": answers[4],
            "faults": 0,
        },
    )


def deliver_spoilt(terminal: SigningTerminal, changes: dict[str, Any]) -> HttpResponse:
    """In its place in the chain, under a head that holds, unless the record cannot even be written."""
    seq, head = terminal.seq, terminal.head
    try:
        body = as_json(terminal.batch(terminal.spoilt(uuid4(), changes)))
    except (UnicodeEncodeError, ValueError, TypeError):
        batch = terminal.batch(SigningTerminal(terminal.id, terminal.key, seq, head).record(uuid4()))
        body = as_json({**batch, "events": [{**batch["events"][0], **changes}]})
    answer = terminal.request("POST", terminal.events_target, body)
    held = document(answer)["acknowledged"] if answer.status_code == 200 else seq
    if held != terminal.seq:
        terminal.seq, terminal.head = seq, head
    return answer


def test_records_of_every_shape_are_kept_or_refused(
    terminal: SigningTerminal, member: Member, campaign: Campaign
) -> None:
    statuses: dict[int, int] = {}

    def attack(changes: dict[str, Any]) -> None:
        before = kept()
        answer = deliver_spoilt(terminal, changes)
        judge(answer, before)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    many(campaign, campaign.size(short=60, full=20_000), spoilt_records(terminal, member.pk), attack)

    assert statuses[200] > statuses.get(422, 0)
    campaign.report("hostile_bodies", {"spoilt records": sum(statuses.values()), "taken in": statuses[200]})


def test_a_server_that_reads_json_as_it_comes_would_be_caught(
    terminal: SigningTerminal, member: Member, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The known-bad setting: without the strict reader of bodies."""
    monkeypatch.setattr(api, "parser", Parser())

    with pytest.raises(AssertionError):
        many(
            campaign,
            1000,
            spoilt_records(terminal, member.pk),
            lambda changes: judge(deliver_spoilt(terminal, changes), kept()),
            phases=[Phase.generate],
        )


def test_the_campaign_would_see_what_a_refused_request_left_behind(
    terminal: SigningTerminal, facility: Facility
) -> None:
    before = kept()
    refused = unsigned("GET", "/api/v1/nothing")
    Member.objects.create(home_facility=facility, number="2", name="春野 つばさ")

    with pytest.raises(AssertionError):
        judge(refused, before)
    assert json.loads(refused.content)["code"] == "not_found"
