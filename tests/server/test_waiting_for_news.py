"""A terminal that waits for the roster hears of a change with its commit, from a real server on either database."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPResponse

import pytest

from machine.postgres import postgres
from machine.serving import Serving, serving
from machine.signing_terminal import SigningTerminal

pytestmark = pytest.mark.system

Answer = tuple[HTTPResponse, bytes]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with ExitStack() as stack:
        database = {"DATABASE_URL": stack.enter_context(postgres())} if request.param == "postgresql" else {}
        yield stack.enter_context(serving(tmp_path_factory.mktemp(request.param), database))


@pytest.fixture(scope="module")
def terminals(server: Serving) -> list[SigningTerminal]:
    return [server.enrolled(terminal["code"]) for terminal in server.demonstration(terminals=3)["terminals"]]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(30) as pool:
        yield pool


def up_to_date(server: Serving, terminal: SigningTerminal) -> tuple[str, dict[str, str]]:
    """Where a terminal asks from that knows everything, and the header it asks with."""
    answer, content = server.get(terminal, "/api/v1/roster")
    return json.loads(content)["cursor"], {"If-None-Match": answer.headers["ETag"]}


def waiting(
    server: Serving, terminal: SigningTerminal, pool: ThreadPoolExecutor, seconds: int = 25
) -> "Future[Answer]":
    cursor, known = up_to_date(server, terminal)
    return pool.submit(server.get, terminal, f"/api/v1/roster?cursor={cursor}&wait={seconds}", known)


def change(server: Serving, code: str) -> None:
    """Committed by another process than those that wait."""
    models = "from server.members.models import Member; from server.terminals.models import Terminal, Facility"
    server.manage("shell", "-v0", "-c", f"{models}; {code}")


def standings(answer: Answer) -> list[str]:
    return [member["standing"] for member in json.loads(answer[1])["members"]]


def test_all_terminals_of_the_facility_hear_that_a_member_was_suspended(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    asked = [waiting(server, terminal, pool) for terminal in terminals]

    change(server, "member = Member.objects.get(number='active-1'); member.standing = 'suspended'; member.save()")

    answers = [each.result() for each in asked]
    assert [(answer.status, standings((answer, content))) for answer, content in answers] == 3 * [(200, ["suspended"])]


def test_a_terminal_hears_that_another_one_let_a_member_in(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    member = json.loads(server.get(terminals[0], "/api/v1/roster")[1])["members"][0]["id"]
    asked = waiting(server, terminals[0], pool)

    batch = terminals[1].batch(terminals[1].record(member))
    server.post(terminals[1].key, str(terminals[1].id), terminals[1].events_target, batch)

    assert [each["id"] for each in json.loads(asked.result()[1])["members"]] == [member]


def test_all_terminals_of_the_facility_hear_that_the_opening_hours_have_changed(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    before = json.loads(server.get(terminals[0], "/api/v1/rules")[1])["number"]
    asked = [waiting(server, terminal, pool) for terminal in terminals]

    change(
        server, "from server.house.models import Closure; Closure.objects.create(first='2026-08-13', last='2026-08-13')"
    )

    answers = [json.loads(each.result()[1]) for each in asked]
    assert [(answer["rules"], answer["members"]) for answer in answers] == 3 * [(before + 1, [])]
    assert json.loads(server.get(terminals[0], "/api/v1/rules")[1])["number"] == before + 1


def test_a_waiting_terminal_that_is_revoked_is_told_so_and_comes_back_when_it_is_restored(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    asked = waiting(server, terminals[2], pool)
    rows = f"Terminal.objects.filter(pk='{terminals[2].id}')"

    change(server, f"from django.utils import timezone; {rows}.update(revoked_at=timezone.now())")

    answer, content = asked.result()
    assert (answer.status, json.loads(content)["code"]) == (403, "terminal_revoked")
    change(server, f"{rows}.update(revoked_at=None)")
    assert server.get(terminals[2], "/api/v1/roster")[0].status == 200


def test_without_news_the_answer_says_so_when_the_time_is_over(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    answer, content = waiting(server, terminals[0], pool, seconds=1).result()

    assert (answer.status, content) == (304, b"")


def test_many_requests_at_once_are_all_answered(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    """By both processes: they once shared a connection, and each took answers meant for the other."""
    answers = pool.map(lambda terminal: server.get(terminal, "/api/v1/roster"), terminals * 30)

    assert [answer.status for answer, _ in answers] == [200] * 90


def test_whoever_waits_does_not_keep_the_server_from_stopping(
    server: Serving, terminals: list[SigningTerminal], pool: ThreadPoolExecutor
) -> None:
    with serving(server.data, server.environment) as another:
        asked = [waiting(another, terminal, pool) for terminal in terminals]
        # Gone before: the requests have arrived.
        up_to_date(another, terminals[0])

    assert [each.result()[0].status for each in asked] == 3 * [304]
