"""The pages on which reception lets members in and out by hand, and corrects visits (A14, A30)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from machine.signing_terminal import MORNING, SigningTerminal
from server.ledger.models import Correction, Event, Visit
from server.members.models import Member
from server.terminals.models import Facility

NOON = MORNING + timedelta(hours=3)


@pytest.fixture
def ann(facility: Facility) -> Member:
    return Member.objects.create(home_facility=facility, number="1", name="青葉 みのり", standing="active")


def passage(client: Client, member: Member, **fields: str) -> HttpResponse:
    url = reverse("admin:ledger_correction_passage", args=[member.pk])
    answer = client.post(url, fields) if fields else client.get(url)
    assert isinstance(answer, HttpResponse)
    return answer


def correct(client: Client, visit: Visit, **fields: str) -> HttpResponse:
    url = reverse("admin:ledger_correction_visit", args=[visit.pk])
    answer = client.post(url, fields) if fields else client.get(url)
    assert isinstance(answer, HttpResponse)
    return answer


def local(at: object) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M:%S")  # type: ignore[arg-type] # an instant


def test_a_member_is_checked_in_and_out_at_the_desk(staff: Client, ann: Member) -> None:
    assert passage(staff, ann, way="in").status_code == 302
    assert Visit.objects.get().left_at is None
    assert passage(staff, ann, way="out").status_code == 302

    assert Event.objects.filter(terminal__is_desk=True).count() == 2
    assert {each.by for each in Correction.objects.all()} == {"desk"}


def test_a_pending_member_is_let_in_with_a_reason_and_not_without(staff: Client, ann: Member) -> None:
    Member.objects.filter(pk=ann.pk).update(standing="pending")

    refused = passage(staff, ann, way="in", note=" ")
    assert (refused.status_code, Event.objects.count()) == (200, 0)
    assert "理由" in refused.content.decode()

    assert passage(staff, ann, way="in", note="承認待ち、社員証を確認").status_code == 302
    assert Correction.objects.get().note == "承認待ち、社員証を確認"


def test_the_page_shows_what_the_door_would_decide(staff: Client, ann: Member) -> None:
    Member.objects.filter(pk=ann.pk).update(standing="suspended")

    assert "<code>suspended</code>" in passage(staff, ann).content.decode()


def test_a_second_click_records_nothing_more(staff: Client, ann: Member) -> None:
    passage(staff, ann, way="in")

    assert passage(staff, ann, way="in").status_code == 200
    assert Event.objects.count() == 1


def test_a_passage_gone_by_is_recorded_with_its_time_and_one_to_come_is_not(staff: Client, ann: Member) -> None:
    yesterday = timezone.now().replace(microsecond=0) - timedelta(days=1)
    passage(staff, ann, way="in", at=local(yesterday))
    assert Visit.objects.get().entered_at == yesterday

    answer = passage(staff, ann, way="out", at=local(timezone.now() + timedelta(hours=1)), note="?")
    assert (answer.status_code, Event.objects.count()) == (200, 1)


def test_the_times_of_a_visit_are_corrected(staff: Client, terminal: SigningTerminal, ann: Member) -> None:
    terminal.deliver(*terminal.stay(ann.pk))

    answer = correct(staff, Visit.objects.get(), entered_at=local(MORNING), left_at=local(NOON), note="退室を忘れた")

    visit = Visit.objects.get()
    assert answer.headers["Location"] == reverse("admin:ledger_visit_change", args=[visit.pk])
    assert (visit.entered_at, visit.left_at) == (MORNING, NOON.replace(microsecond=0))
    assert Event.objects.filter(rejection="voided").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"entered_at": "2026-11-22T10:00:00", "left_at": "2026-11-22T09:00:00", "note": "?"},
        {"entered_at": "2026-11-22T10:00:00", "left_at": "", "note": ""},
        {"entered_at": "", "left_at": "", "note": "?"},
        {"entered_at": "2026-11-22T10:00:00", "left_at": "2126-11-22T10:00:00", "note": "?"},
        {"undo": "1", "note": ""},
    ],
    ids=["the wrong way round", "no reason", "no times", "to come", "taken back without a reason"],
)
def test_what_makes_no_sense_is_asked_again(
    staff: Client, terminal: SigningTerminal, ann: Member, fields: dict[str, str]
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))

    answer = correct(staff, Visit.objects.get(), **fields)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Correction.objects.exists()


def test_a_visit_that_did_not_happen_is_taken_back(staff: Client, terminal: SigningTerminal, ann: Member) -> None:
    terminal.deliver(*terminal.stay(ann.pk))

    correct(staff, Visit.objects.get(), undo="1", note="別の方のカード")

    assert not Visit.objects.exists()
    listed = staff.get(reverse("admin:ledger_correction_changelist")).content.decode()
    assert "別の方のカード" in listed


def test_a_visit_that_is_gone_is_not_found(staff: Client, terminal: SigningTerminal, ann: Member) -> None:
    assert correct(staff, Visit(pk=1)).status_code == 404


@pytest.mark.parametrize("page", ["passage", "visit"])
def test_only_who_may_correct_sees_and_does_it(
    terminal: SigningTerminal, facility: Facility, ann: Member, page: str
) -> None:
    terminal.deliver(*terminal.stay(ann.pk))
    user = User.objects.create_user("watcher", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    row = ann if page == "passage" else Visit.objects.get()
    url = reverse(f"admin:ledger_correction_{page}", args=[row.pk])

    assert (client.get(url).status_code, client.post(url, {"way": "in", "note": "?"}).status_code) == (403, 403)
    assert url not in client.get(reverse("admin:members_member_change", args=[ann.pk])).content.decode()

    user.user_permissions.add(Permission.objects.get(codename="add_correction"))
    assert client.get(url).status_code == 200


def test_an_assumed_end_is_shown_as_one(staff: Client, terminal: SigningTerminal, ann: Member) -> None:
    terminal.deliver(*terminal.stay(ann.pk))
    Visit.objects.update(flags="forgotten_check_out")

    assert "推定" in staff.get(reverse("admin:ledger_visit_changelist")).content.decode()
    assert "推定" in correct(staff, Visit.objects.get()).content.decode()
