"""How terminals get the rules of the house: the roster names their number, and they are asked for by themselves."""

from datetime import date, time

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from machine.opening_hours import open_daily
from machine.signing_terminal import SigningTerminal, document, refusal, unsigned
from server.desk.example_prices import EXAMPLE, NAMES, keep_tariff
from server.feed.mark import marks
from server.house.models import Closure
from server.house.number import rules_number
from server.house.rulebook import rulebook_of
from server.terminals.models import Facility, Terminal
from visits.rulebook import parse_rulebook

RULES = "/api/v1/rules"


def test_the_roster_names_the_number_of_the_rules(terminal: SigningTerminal, facility: Facility) -> None:
    assert document(terminal.request("GET", "/api/v1/roster"))["rules"] == 0

    open_daily(facility)

    assert document(terminal.request("GET", "/api/v1/roster"))["rules"] == 1


def test_the_rules_come_with_their_number(terminal: SigningTerminal, facility: Facility) -> None:
    open_daily(facility, closes=time(21), except_on="tuesday")
    Closure.objects.create(first=date(2026, 8, 13), last=date(2026, 8, 15), text="夏季休館")

    answer = document(terminal.request("GET", RULES))

    assert answer["number"] == 2
    assert parse_rulebook(answer["rulebook"]) == rulebook_of(facility.pk)
    assert answer["rulebook"]["versions"] == [
        {
            "from": "2026-04-01",
            "calendar": {
                "weekly": [["10:00", "21:00"], None, *5 * [["10:00", "21:00"]]],
                "yearly": [],
                "closures": [["2026-08-13", "2026-08-15", "夏季休館"]],
                "exceptions": [],
                "last_check_in_minutes": 0,
            },
            "limits": [None, None],
            "capacity": None,
            "seconds_between_taps": 10,
            "announcement": {"ja": "", "en": ""},
            "reception": {"ja": "", "en": ""},
        }
    ]
    assert answer["server_time"].endswith("Z")


def test_a_facility_without_rules_says_so(terminal: SigningTerminal) -> None:
    answer = document(terminal.request("GET", RULES))

    assert (answer["number"], answer["rulebook"]) == (0, {"v": 1, "versions": [], "tariffs": []})


def test_prices_come_in_the_same_document(terminal: SigningTerminal, facility: Facility) -> None:
    keep_tariff(facility, EXAMPLE, NAMES)

    rulebook = parse_rulebook(document(terminal.request("GET", RULES))["rulebook"])

    assert rulebook.tariffs == (EXAMPLE,)


def test_a_terminal_gets_the_rules_of_its_own_facility(terminal: SigningTerminal) -> None:
    open_daily(Facility.objects.create(name="別館"))

    assert document(terminal.request("GET", RULES))["number"] == 0


def test_unchanged_rules_are_not_sent_again(terminal: SigningTerminal, facility: Facility) -> None:
    rules = open_daily(facility)
    known = {"If-None-Match": terminal.request("GET", RULES).headers["ETag"]}

    again = terminal.request("GET", RULES, headers=known)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", known["If-None-Match"])

    rules.save()
    assert terminal.request("GET", RULES, headers=known).status_code == 200


def test_only_an_admitted_terminal_gets_the_rules(terminal: SigningTerminal) -> None:
    assert refusal(unsigned("GET", RULES)) == (401, "bad_signature")

    Terminal.objects.update(revoked_at="2026-11-22T00:00:00Z")

    assert refusal(terminal.request("GET", RULES)) == (403, "terminal_revoked")


def test_a_change_of_rules_is_news_to_a_terminal(terminal: SigningTerminal, facility: Facility) -> None:
    first = terminal.request("GET", "/api/v1/roster")
    known = {"If-None-Match": first.headers["ETag"]}
    target = f"/api/v1/roster?cursor={document(first)['cursor']}"
    assert terminal.request("GET", target, headers=known).status_code == 304
    before = marks([terminal.id])

    open_daily(facility)

    assert marks([terminal.id]) != before
    answer = document(terminal.request("GET", target, headers=known))
    assert (answer["rules"], answer["members"]) == (1, [])


def test_rules_of_another_facility_are_no_news(terminal: SigningTerminal) -> None:
    before = marks([terminal.id])

    open_daily(Facility.objects.create(name="別館"))

    assert marks([terminal.id]) == before


def test_an_update_that_makes_the_rules_say_more_numbers_them_anew(transactional_db: None) -> None:
    """A terminal that kept them as the version before said them would judge by less than the server."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    facility = Facility.objects.create(name="みどり町コワーキング")
    open_daily(facility)
    try:
        MigrationExecutor(connection).migrate([("house", "0001_initial")])
    finally:
        MigrationExecutor(connection).migrate(list(latest))

    assert rules_number(facility.pk) == 2
