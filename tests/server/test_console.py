"""The reception console: every page opens in both languages, facts cannot be changed, and the desk's actions work."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from machine.signing_terminal import MORNING, SigningTerminal, document
from server.ledger.models import Alarm, AlarmKind, Event, PresentVisit, Rejection, Visit
from server.ledger.sentences import about_alarm, about_rejection
from server.members.models import CardLink, Member, Membership, Organisation
from server.terminals.models import EnrolmentCode, Facility, Terminal
from visits.event import Kind

FACTS: list[type[Model]] = [Event, Visit, PresentVisit, Alarm]


@pytest.fixture
def busy(terminal: SigningTerminal, facility: Facility) -> SigningTerminal:
    """One of everything: somebody inside, somebody gone, a rejected event, an alarm, a prepared terminal."""
    school = Organisation.objects.create(name="みどり町デザイン学院", kind="school")
    inside = Member.objects.create(home_facility=facility, number="A-1", name="青葉 みのり", kana="あおば みのり")
    gone = Member.objects.create(home_facility=facility, number="A-2", name="春野 つばさ", mail="haruno@member.example")
    Membership.objects.create(member=gone, kind="school", organisation=school, first=date(2026, 4, 1))
    CardLink.objects.create(member=inside, card_reference=b"\x01" * 32)
    Terminal.objects.create(facility=facility, name="退室機", direction="out")
    first = terminal.record(inside.pk)
    terminal.deliver(
        first, terminal.record(gone.pk, Kind.CHECK_OUT, MORNING + timedelta(hours=1)), terminal.record(uuid4())
    )
    terminal.deliver({**first, "kind": "check_out"})
    return terminal


def content(client: Client, url: str, language: str = "ja") -> str:
    answer = client.get(url, headers={"Accept-Language": language})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def act(client: Client, model: type[Model], action: str, *rows: Model, **fields: str) -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **fields}
    answer = client.post(url, data, follow=True, headers={"Accept-Language": "ja"})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_opens(staff: Client, busy: SigningTerminal, language: str) -> None:
    for model, admin in site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        content(staff, reverse(f"admin:{name}_changelist"), language)
        if type(admin).has_add_permission is ModelAdmin.has_add_permission:
            content(staff, reverse(f"admin:{name}_add"), language)
        for row in admin.model._default_manager.all():
            content(staff, reverse(f"admin:{name}_change", args=[row.pk]), language)
            content(staff, reverse(f"admin:{name}_history", args=[row.pk]), language)
    content(staff, reverse("admin:index"), language)


@pytest.mark.parametrize(
    ("language", "title"), [("ja", "受付コンソール"), ("en", "Reception console"), ("fr", "受付コンソール")]
)
def test_the_console_speaks_japanese_first(staff: Client, language: str, title: str) -> None:
    assert title in content(staff, reverse("admin:index"), language)


def test_nobody_enters_without_signing_in(busy: SigningTerminal) -> None:
    client = Client()
    for model in site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/console/login/")


def test_a_user_who_is_no_staff_does_not_enter(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("visitor"))

    assert client.get(reverse("admin:index")).status_code == 302


def test_the_address_of_the_server_leads_to_the_console(db: None) -> None:
    assert Client().get("/").headers["Location"] == "/console/"


def test_signing_in_needs_the_token_of_the_form(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/console/login/", {"username": "desk", "password": "x"})

    assert answer.status_code == 403


def test_the_first_page_begins_with_who_is_inside_and_what_needs_a_look(staff: Client, busy: SigningTerminal) -> None:
    page = content(staff, reverse("admin:index"))

    figures = re.findall(r'desk-figure">(\d+)</span>\s*<span class="desk-label">([^<]+)', page)
    assert figures == [("1", "みどり町コワーキング"), ("1", "未対応アラーム"), ("1", "受付不可の記録")]
    assert page.index("在館中") < page.index("会員")


@pytest.mark.parametrize(
    ("figure", "shown", "not_shown"),
    [
        (0, "青葉 みのり", "春野 つばさ"),
        (1, "同じ番号で内容の異なる記録", "—"),
        (2, "会員が見つからない", "青葉 みのり"),
    ],
    ids=["inside", "alarms", "rejected"],
)
def test_every_figure_leads_to_what_it_counts(
    staff: Client, busy: SigningTerminal, figure: int, shown: str, not_shown: str
) -> None:
    link = re.findall(r'class="desk-card[^"]*" href="([^"]+)"', content(staff, reverse("admin:index")))[figure]

    table = content(staff, link).split("<tbody>")[1].split("</tbody>")[0]

    assert shown in table
    assert not_shown not in table


def test_a_terminal_that_has_gone_silent_is_pointed_out(staff: Client, terminal: SigningTerminal) -> None:
    Terminal.objects.update(last_contact_at=datetime.now(UTC) - timedelta(minutes=4))
    assert "応答なし" not in content(staff, reverse("admin:index"))

    Terminal.objects.update(last_contact_at=datetime.now(UTC) - timedelta(minutes=6))
    assert "応答なし" in content(staff, reverse("admin:index"))


@pytest.mark.parametrize("words", ["みのり", "あおば", "A-1"])
def test_members_are_found_by_name_reading_and_number(staff: Client, busy: SigningTerminal, words: str) -> None:
    page = content(staff, reverse("admin:members_member_changelist") + f"?q={words}")

    assert "青葉 みのり" in page
    assert "春野 つばさ" not in page


def test_members_are_found_by_mail_address(staff: Client, busy: SigningTerminal) -> None:
    page = content(staff, reverse("admin:members_member_changelist") + "?q=haruno@member.example")

    assert "春野 つばさ" in page
    assert "青葉 みのり" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("open=yes", {"青葉 みのり"}),
        ("open=no", {"春野 つばさ"}),
        ("flag=no_check_in", {"春野 つばさ"}),
        ("flag=repeated_check_in", set()),
        ("day__day=22&day__month=11&day__year=2026", {"青葉 みのり", "春野 つばさ"}),
        ("day__gte=2026-11-23", set()),
    ],
)
def test_visits_are_filtered_by_what_the_desk_asks(
    staff: Client, busy: SigningTerminal, query: str, shown: set[str]
) -> None:
    page = content(staff, reverse("admin:ledger_visit_changelist") + f"?{query}")

    assert {name for name in ("青葉 みのり", "春野 つばさ") if name in page} == shown


@pytest.mark.parametrize("model", FACTS)
@pytest.mark.parametrize("page", ["change", "delete"])
def test_facts_are_not_changed_and_not_deleted(
    staff: Client, busy: SigningTerminal, model: type[Model], page: str
) -> None:
    row = model._default_manager.first()
    assert row is not None
    before = list(model._default_manager.values_list())

    answer = staff.post(reverse(f"admin:ledger_{model._meta.model_name}_{page}", args=[row.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert list(model._default_manager.values_list()) == before


@pytest.mark.parametrize("model", FACTS)
def test_facts_are_not_made_by_hand_and_not_deleted_in_numbers(
    staff: Client, busy: SigningTerminal, model: type[Model]
) -> None:
    assert staff.get(reverse(f"admin:ledger_{model._meta.model_name}_add")).status_code == 403
    before = list(model._default_manager.values_list())
    act(staff, model, "delete_selected", *model._default_manager.all())
    assert list(model._default_manager.values_list()) == before


def test_a_member_with_records_cannot_be_deleted(staff: Client, busy: SigningTerminal) -> None:
    member = Member.objects.get(number="A-1")

    staff.post(reverse("admin:members_member_delete", args=[member.pk]), {"post": "yes"})

    assert Member.objects.filter(pk=member.pk).exists()


def test_an_enrolment_code_is_shown_once(staff: Client, busy: SigningTerminal) -> None:
    page = act(staff, Terminal, "issue_enrolment_code", Terminal.objects.get(name="退室機"))

    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert EnrolmentCode.objects.count() == 1
    again = content(staff, reverse("admin:terminals_terminal_changelist"))
    assert not re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", again)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["入室機"], "この端末は登録済み、または失効しています。"),
        (["入室機", "退室機"], "端末は 1 台ずつ選択してください。"),
    ],
    ids=["enrolled already", "two at once"],
)
def test_a_code_is_for_one_terminal_that_is_not_enrolled(
    staff: Client, busy: SigningTerminal, names: list[str], words: str
) -> None:
    assert words in act(staff, Terminal, "issue_enrolment_code", *Terminal.objects.filter(name__in=names))
    assert EnrolmentCode.objects.count() == 0


def test_a_revoked_terminal_is_shut_out(staff: Client, busy: SigningTerminal) -> None:
    act(staff, Terminal, "revoke", Terminal.objects.get(pk=busy.id))

    assert busy.roster().status_code == 403


def test_an_enrolled_terminal_stays_where_it_is_and_is_not_deleted(staff: Client, busy: SigningTerminal) -> None:
    annex = Facility.objects.create(name="別館")
    url = reverse("admin:terminals_terminal_change", args=[busy.id])

    staff.post(url, {"name": "正面入口", "direction": "in", "facility": str(annex.pk)})

    row = Terminal.objects.get(pk=busy.id)
    assert (row.name, row.facility.name) == ("正面入口", "みどり町コワーキング")
    assert staff.get(reverse("admin:terminals_terminal_delete", args=[busy.id])).status_code == 403


def test_a_handled_alarm_is_no_longer_counted(staff: Client, busy: SigningTerminal) -> None:
    page = act(staff, Alarm, "mark_handled", *Alarm.objects.all())

    assert "1 件のアラームを対応済みにしました。" in page
    assert Alarm.objects.get().handled_at is not None
    assert re.search(
        r'desk-figure">0</span>\s*<span class="desk-label">未対応アラーム', content(staff, reverse("admin:index"))
    )


def test_staff_without_the_right_to_look_see_no_visits(busy: SigningTerminal) -> None:
    user = User.objects.create_user("trainee", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_organisation"))
    client = Client()
    client.force_login(user)

    assert client.get(reverse("admin:members_organisation_changelist")).status_code == 200
    assert client.get(reverse("admin:ledger_visit_changelist")).status_code == 403


def test_pages_allow_no_script_but_ours(staff: Client) -> None:
    policy = staff.get(reverse("admin:index")).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy


def test_the_first_page_says_of_each_terminal_what_needs_a_look(staff: Client, busy: SigningTerminal) -> None:
    table = content(staff, reverse("admin:index")).split("desk-terminals")[1].split("</table>")[0]

    rows = [re.findall(r"<td[^>]*>(?:<a[^>]*>)?(\d+)", row) for row in table.split("<tr>")[2:]]
    assert rows == [["3", "1", "1"], ["0", "0", "0"]]


def test_a_revoked_terminal_can_be_restored(staff: Client, busy: SigningTerminal) -> None:
    row = Terminal.objects.get(pk=busy.id)
    act(staff, Terminal, "revoke", row)

    page = act(staff, Terminal, "restore", row)

    assert "1 台の端末の失効を取り消しました。" in page
    assert busy.roster().status_code == 200


def test_a_terminal_is_replaced_by_a_new_one_with_its_code(staff: Client, busy: SigningTerminal) -> None:
    page = act(staff, Terminal, "replace", Terminal.objects.get(pk=busy.id))

    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert "入室機 2" in page
    assert EnrolmentCode.objects.get().terminal.name == "入室機 2"
    assert busy.roster().status_code == 200


def test_terminals_are_replaced_one_at_a_time(staff: Client, busy: SigningTerminal) -> None:
    assert "端末は 1 台ずつ選択してください。" in act(staff, Terminal, "replace", *Terminal.objects.all())
    assert Terminal.objects.count() == 2


def test_a_rejected_event_says_what_happened_and_what_to_do(staff: Client, busy: SigningTerminal) -> None:
    rejected = Event.objects.get(rejection__isnull=False)

    page = content(staff, reverse("admin:ledger_event_change", args=[rejected.pk]))

    assert about_rejection(Rejection.UNKNOWN_MEMBER) in page


def test_an_alarm_says_what_happened_and_what_to_do(staff: Client, busy: SigningTerminal) -> None:
    page = content(staff, reverse("admin:ledger_alarm_change", args=[Alarm.objects.get().pk]))

    assert about_alarm(AlarmKind.CONFLICT) in page


def test_a_rejected_event_that_can_be_counted_now_is_counted_when_tried_again(
    staff: Client, busy: SigningTerminal, facility: Facility
) -> None:
    rejected = Event.objects.get(rejection__isnull=False)
    missing = json.loads(rejected.record)["member"]
    Member.objects.create(pk=missing, home_facility=facility, number="A-3", name="小鳥遊 うた")

    page = act(staff, Event, "judge_again", *Event.objects.all())

    assert "1 件の記録を集計に加えました。" in page
    assert PresentVisit.objects.filter(member=missing).exists()
    assert document(busy.roster())["set_aside"] == []


def test_what_still_stands_against_an_event_is_said(staff: Client, busy: SigningTerminal) -> None:
    page = act(staff, Event, "judge_again", *Event.objects.all())

    assert "0 件の記録を集計に加えました。" in page
    assert escape(about_rejection(Rejection.UNKNOWN_MEMBER)) in page


def test_a_rejected_event_is_closed_only_with_a_note(staff: Client, busy: SigningTerminal) -> None:
    events = list(Event.objects.all())

    asked = act(staff, Event, "close_with_note", *events)

    assert "メモを添えて解決済みにする" in asked
    assert re.findall(r'name="_selected_action" value="(\d+)"', asked) == [
        str(Event.objects.get(rejection__isnull=False).pk)
    ]
    assert document(busy.roster())["set_aside"] == [3]


def test_a_closed_event_is_kept_with_its_note_and_no_longer_counted_as_open(
    staff: Client, busy: SigningTerminal
) -> None:
    rejected = Event.objects.get(rejection__isnull=False)

    page = act(staff, Event, "close_with_note", rejected, note=" 本人に確認した。 ")

    assert "1 件の記録を解決済みにしました。" in page
    rejected.refresh_from_db()
    assert (rejected.note, rejected.resolved_by) == ("本人に確認した。", "desk")
    assert document(busy.roster())["set_aside"] == []
    figures = re.findall(r'desk-figure">(\d+)', content(staff, reverse("admin:index")))
    assert figures == ["1", "1", "0"]


@pytest.mark.parametrize(
    ("model", "action"), [(Event, "judge_again"), (Event, "close_with_note"), (Alarm, "mark_handled")]
)
def test_who_may_only_look_decides_nothing(busy: SigningTerminal, model: type[Model], action: str) -> None:
    user = User.objects.create_user("trainee", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=("view_event", "view_alarm")))
    client = Client()
    client.force_login(user)
    before = list(model._default_manager.values_list())

    act(client, model, action, *model._default_manager.all(), note="x")

    assert list(model._default_manager.values_list()) == before
