"""Actions on members that ask first: the page shows the days that follow, and only a second press keeps them.

Not in here: the days (members.changes), the forms and the words (membership_forms).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.desk.admin.membership_forms import about_obstacle
from server.members.changes import Obstacle, Plan, carry_out
from server.members.models import Member, Membership
from server.terminals.models import lock_facility

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

_Planner = Callable[[Member, Mapping[str, Any]], Plan | Obstacle]


@dataclass(frozen=True, slots=True)
class Asking:
    """`action` is the name the form is sent back under; `planned` makes a plan of a member and of what the form says."""

    action: str
    title: "_StrPromise"
    form: type[forms.Form]
    initial: Mapping[str, Any]
    planned: _Planner


@dataclass(frozen=True, slots=True)
class _Row:
    what: str
    membership: Membership


@dataclass(frozen=True, slots=True)
class _Outcome:
    member: Member
    rows: tuple[_Row, ...]
    against: str


def ask(
    admin: "ModelAdmin[Any]", request: HttpRequest, members: "QuerySet[Member]", asking: Asking
) -> HttpResponse | None:
    """None once the members whose plan met no obstacle were changed."""
    answered = "asked" in request.POST
    form = asking.form(request.POST if answered else {**asking.initial})
    if form.is_valid() and "carry_out" in request.POST:
        _carry_out(admin, request, members, asking.planned, form.cleaned_data)
        return None
    outcomes = [_outcome(each, asking.planned(each, form.cleaned_data)) for each in members] if form.is_valid() else []
    if not answered:
        form = asking.form(initial={**asking.initial})
    context = {"title": asking.title, "action": asking.action, "form": form, "outcomes": outcomes, "shows_days": True}
    return page(admin, request, members, context)


def page(
    admin: "ModelAdmin[Any]", request: HttpRequest, members: Iterable[Member], context: Mapping[str, Any]
) -> HttpResponse:
    """`context` gives title, action and form."""
    given = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "checkbox": ACTION_CHECKBOX_NAME,
        "members": members,
        **context,
    }
    return TemplateResponse(request, "desk/membership_dates.html", given)


@transaction.atomic
def _carry_out(
    admin: "ModelAdmin[Any]",
    request: HttpRequest,
    members: "QuerySet[Member]",
    planned: _Planner,
    answers: Mapping[str, Any],
) -> None:
    """Planned anew with the facilities locked: what another desk has changed meanwhile counts."""
    changed = 0
    for facility in sorted(set(members.order_by().values_list("home_facility", flat=True))):
        lock_facility(facility)
    for member in members:
        match planned(member, answers):
            case Plan() as plan:
                carry_out(plan)
                admin.log_change(request, member, _history(plan))
                changed += 1
            case Obstacle() as obstacle:
                admin.message_user(request, f"{member}: {about_obstacle(obstacle)}", "warning")
    words = ngettext("%d member's membership was changed.", "%d members' memberships were changed.", changed)
    admin.message_user(request, words % changed)


def _outcome(member: Member, plan: Plan | Obstacle) -> _Outcome:
    match plan:
        case Plan():
            return _Outcome(member, tuple(_rows(plan)), "")
        case Obstacle():
            return _Outcome(member, (), about_obstacle(plan))


def _rows(plan: Plan) -> Iterable[_Row]:
    for words, memberships in (
        (_("is changed"), plan.changed),
        (_("begins"), plan.begun),
        (_("never begins"), plan.taken_back),
    ):
        for each in memberships:
            yield _Row(str(words), each)


def _history(plan: Plan) -> list[dict[str, Any]]:
    """In the form of the admin's own history."""
    name = str(Membership._meta.verbose_name)  # noqa: SLF001 - Django's name for it is public
    return [
        *(
            {"changed": {"name": name, "object": str(each), "fields": ["last day", "paid through"]}}
            for each in plan.changed
        ),
        *({"added": {"name": name, "object": str(each)}} for each in plan.begun),
        *({"deleted": {"name": name, "object": str(each)}} for each in plan.taken_back),
    ]
