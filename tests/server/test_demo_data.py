"""The invented facility: everything a demonstration needs, again and again, and never in production."""

import hashlib
import hmac
import json
import stat
from base64 import b64encode
from datetime import datetime, time
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from server.desk.demonstration import set_up
from server.house.models import HouseRules
from server.house.rulebook import rulebook_of
from server.members.models import CardLink, KindWords, Member, Membership, Organisation
from server.members.terms import member_of
from server.terminals.models import Facility, Terminal
from visits.calendar import HOUSE_TIME, Hours, YearlyClosure, house_day
from visits.decision import Direction, Rule, Situation, decide
from visits.member import Kind, held_on
from visits.occupancy import Outside
from visits.rulebook import NO_RULES

KEY = b"a public key in DER"


def demo_data(*arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command("demo_data", *map(str, arguments), stdout=out)
    made = json.loads(out.getvalue())
    assert isinstance(made, dict)
    return made


def test_it_makes_members_of_every_standing_and_kind(db: None) -> None:
    made = demo_data()

    assert made["facility"]["name"] == "みどり町コワーキング"
    standings = dict(Member.objects.values_list("number", "standing"))
    others = ("corporate-3", "corporate-4", "partner", "daily", "drop-in", "staff", "not-begun", "lapsed")
    assert standings == {
        **dict.fromkeys([f"active-{n}" for n in range(1, 6)] + list(others), "active"),
        "pending": "pending",
        "suspended": "suspended",
        "ended": "ended",
    }
    assert {number: str(pk) for number, pk in Member.objects.values_list("number", "pk")} == made["members"]
    assert set(Organisation.objects.values_list("kind", flat=True)) == {"general", "school", "partner"}
    assert set(Membership.objects.values_list("kind", flat=True)) == set(KindWords.values)


def test_there_is_a_case_for_every_answer_to_a_membership(db: None) -> None:
    """Four of one corporation, one of them beyond its places (A22-A23), and dates on both sides of today."""
    made = demo_data()["members"]
    now = timezone.now()
    day = house_day(now)
    held = {each.number: held_on(member_of(each).memberships, day) for each in Member.objects.all()}
    makers = [number for number, terms in held.items() if terms and terms.kind is Kind.CORPORATE]

    assert sorted(makers) == ["active-2", "active-3", "corporate-3", "corporate-4"]
    assert {number for number, terms in held.items() if terms is None} == {"not-begun", "lapsed", "ended"}
    assert {number: _rule(made[number], now) for number in ("not-begun", "lapsed", "drop-in", "partner", "daily")} == {
        "not-begun": Rule.NOT_YET_BEGUN,
        "lapsed": Rule.MEMBERSHIP_ENDED,
        "drop-in": Rule.RECEPTION_FIRST,
        "partner": Rule.RECEPTION_FIRST,
        "daily": Rule.ACTIVE_MEMBER,
    }
    assert CardLink.objects.get().replaced_at is not None


def _rule(member: str, at: datetime) -> Rule:
    known = member_of(Member.objects.get(pk=member))
    return decide(Direction.IN, known, Situation(presence=Outside()), NO_RULES, at).rule


def test_who_pays_by_the_day_has_paid_on_every_day_of_the_demonstration(db: None) -> None:
    yesterday, today = (datetime(2026, 11, day, 12, tzinfo=HOUSE_TIME) for day in (21, 22))
    for now in (yesterday, today, today):
        set_up("みどり町コワーキング", 0, {}, now)

    days = Membership.objects.filter(member__number="daily").order_by("first").values_list("first", "last")
    assert list(days) == [(each.date(), each.date()) for each in (yesterday, today)]


def test_terminals_come_with_a_code_each_and_in_turn_for_in_and_out(db: None) -> None:
    terminals = demo_data("--terminals", 3)["terminals"]

    assert [terminal["direction"] for terminal in terminals] == ["in", "out", "in"]
    assert len({terminal["code"] for terminal in terminals}) == 3


def test_again_it_changes_nothing_but_the_codes(db: None) -> None:
    first = demo_data()
    again = demo_data()

    for made in (first, again):
        for terminal in made["terminals"]:
            assert terminal.pop("code")
    assert again == first
    assert (Facility.objects.count(), Terminal.objects.count(), Member.objects.count()) == (1, 2, 16)


def test_an_enrolled_terminal_gets_no_code(db: None) -> None:
    demo_data()
    Terminal.objects.filter(name="入室機1").update(public_key=bytes(32), enrolled_at="2026-11-22T00:00:00Z")

    assert [terminal["code"] is None for terminal in demo_data()["terminals"]] == [True, False]


def test_cards_are_linked_by_the_hash_of_their_key_to_the_member_of_their_label(
    db: None, tmp_path: Path, settings: Settings
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"active-1": b64encode(KEY).decode(), "unlinked": b64encode(b"other").decode()}))

    for _ in range(2):
        cards = demo_data("--public-keys", keys)["cards"]

    reference = hmac.digest(Path(settings.CARD_REFERENCE_KEY_FILE).read_bytes(), KEY, hashlib.sha256)
    assert cards["active-1"] == reference.hex()
    assert set(cards) == {"active-1", "unlinked"}
    link = CardLink.objects.get(replaced_at=None)
    assert (link.member.number, bytes(link.card_reference)) == ("active-1", reference)


def test_cards_may_be_given_by_their_references(db: None, tmp_path: Path) -> None:
    cards = tmp_path / "cards.json"
    cards.write_text(json.dumps({"suspended": "ab" * 32}))

    assert demo_data("--cards", cards)["cards"] == {"suspended": "ab" * 32}
    assert CardLink.objects.get(replaced_at=None).member.number == "suspended"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--cards", "no json"),
        ("--cards", "[]"),
        ("--cards", '{"active-1": 5}'),
        ("--cards", '{"active-1": "ab"}'),
        ("--cards", '{"active-1": "xy"}'),
        ("--public-keys", '{"active-1": "???"}'),
    ],
)
def test_a_file_that_is_not_understood_is_named(db: None, tmp_path: Path, option: str, text: str) -> None:
    file = tmp_path / "cards.json"
    file.write_text(text)

    with pytest.raises(CommandError, match=r"cards\.json"):
        demo_data(option, file)


def test_the_result_may_go_to_a_file_for_its_owner_only(db: None, tmp_path: Path) -> None:
    out = tmp_path / "made.json"

    call_command("demo_data", "--out", str(out))

    assert "terminals" in json.loads(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_staff_account_is_made_and_marked(db: None) -> None:
    assert demo_data("--staff", "desk", "--password", "birdsong")["staff"] == "desk"

    user = authenticate(username="desk", password="birdsong")
    assert user is not None
    assert user.is_staff
    assert "デモ" in user.get_full_name()


def test_without_a_password_no_account_is_made(db: None) -> None:
    assert "staff" not in demo_data("--staff", "desk")


def test_two_floors_come_with_the_hours_of_the_source(db: None) -> None:
    """C1-C2, C4-C5."""
    for _ in range(2):
        floors = demo_data("--floors")["floors"]

    first, ninth = (rulebook_of(UUID(floor["id"])).versions for floor in floors)
    assert [(floor["name"], len(versions)) for floor, versions in zip(floors, (first, ninth), strict=True)] == [
        ("1F", 1),
        ("9F", 1),
    ]
    day, late = Hours(time(10), time(19)), Hours(time(10), time(21))
    assert first[0].calendar.weekly == (day,) * 7
    assert first[0].calendar.yearly == (YearlyClosure((1, 1), (1, 1)),)
    assert ninth[0].calendar.weekly == (late, None, late, late, late, late, late)
    assert ninth[0].calendar.yearly == (YearlyClosure((12, 29), (1, 3)),)


def test_floors_may_have_terminals_too(db: None) -> None:
    assert demo_data("--floors", "--facility", "9F")["terminals"]

    assert Terminal.objects.filter(facility__name="9F").count() == 2


def test_without_being_asked_nothing_has_hours(db: None) -> None:
    """A demonstration works at any hour."""
    demo_data()

    assert not HouseRules.objects.exists()


def test_a_server_in_production_refuses(db: None, settings: Settings) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        demo_data()
    assert Facility.objects.count() == 0
