"""What the desk does with members by the rules of the house: approve, suspend, and change their memberships by the dates.

Not in here: the dates (members.changes), how the page asks and shows them (membership_dates).
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.desk.admin.lists import DeskAdmin
from server.desk.admin.membership_dates import Asking, ask, page
from server.desk.admin.membership_forms import (
    ApprovalForm,
    NoticeForm,
    PaymentForm,
    RenewalForm,
    SuspensionForm,
    SwitchForm,
    about_obstacle,
)
from server.members import changes
from server.members.models import Member, StandingWords
from visits.calendar import house_day

APPROVE = _("Approve the selected applications")
SUSPEND = _("Suspend the selected members")
CANCEL = _("Cancel memberships on notice")
SWITCH = _("Change between individual and organisation, or join one")
RENEW = _("Renew memberships for a year")
PAY = _("Enter months as paid for")


class MemberActions(DeskAdmin):
    actions = ("approve", "cancel", "switch", "renew", "pay", "suspend")

    @admin.action(description=APPROVE, permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """A29. Asks first for the conditions that the manager may attach (C8)."""
        waiting = queryset.filter(standing=StandingWords.PENDING)
        form = ApprovalForm(request.POST if "asked" in request.POST else None)
        plans = _conditions(form, waiting) if form.is_valid() else ()
        if not form.is_valid():
            return page(self, request, waiting, {"title": APPROVE, "action": "approve", "form": form})
        approved = self._approve(request, waiting, plans)
        words = ngettext("%d application was approved.", "%d applications were approved.", approved)
        self.message_user(request, words % approved)
        return None

    @transaction.atomic
    def _approve(self, request: HttpRequest, waiting: QuerySet[Member], plans: Iterable[changes.Plan]) -> int:
        for plan in plans:
            changes.carry_out(plan)
        return self._set_standing(request, waiting, StandingWords.ACTIVE)

    @admin.action(description=SUSPEND, permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """Asks for the reason first, for whoever is asked why (C32)."""
        members = queryset.exclude(standing__in=(StandingWords.SUSPENDED, StandingWords.ENDED))
        form = SuspensionForm(request.POST if "asked" in request.POST else None)
        if not form.is_valid():
            return page(self, request, members, {"title": SUSPEND, "action": "suspend", "form": form})
        count = self._set_standing(request, members, StandingWords.SUSPENDED, form.cleaned_data["reason"])
        words = ngettext("%d member was suspended.", "%d members were suspended.", count)
        self.message_user(request, words % count)
        return None

    @transaction.atomic
    def _set_standing(
        self, request: HttpRequest, members: QuerySet[Member], standing: StandingWords, reason: str = ""
    ) -> int:
        """One by one: each is a change of the roster that terminals must hear of."""
        rows = list(members)
        for member in rows:
            member.standing, member.standing_reason = standing, reason
            member.save()
            self.log_change(request, member, [{"changed": {"fields": ["standing", "reason for the standing"]}}])
        return len(rows)

    @admin.action(description=CANCEL, permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """A36."""

        def planned(member: Member, said: Any) -> changes.Plan | changes.Obstacle:  # noqa: ANN401 - as the form says
            return changes.cancelled(member.memberships.all(), said["day"])

        return ask(self, request, queryset, Asking("cancel", CANCEL, NoticeForm, {"day": _today()}, planned))

    @admin.action(description=SWITCH, permissions=["change"])
    def switch(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """A20, A31-A32, A37."""

        def planned(member: Member, said: Any) -> changes.Plan | changes.Obstacle:  # noqa: ANN401 - as above
            return changes.switched(member, said["day"], said["to"])

        return ask(self, request, queryset, Asking("switch", SWITCH, SwitchForm, {"day": _today()}, planned))

    @admin.action(description=RENEW, permissions=["change"])
    def renew(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """C16."""

        def planned(member: Member, _said: Any) -> changes.Plan | changes.Obstacle:  # noqa: ANN401 - as above
            return changes.renewed_for_a_year(member.memberships.all(), _today())

        return ask(self, request, queryset, Asking("renew", RENEW, RenewalForm, {}, planned))

    @admin.action(description=PAY, permissions=["change"])
    def pay(self, request: HttpRequest, queryset: QuerySet[Member]) -> HttpResponse | None:
        """A43, C15."""

        def planned(member: Member, said: Any) -> changes.Plan | changes.Obstacle:  # noqa: ANN401 - as above
            return changes.paid_on(member.memberships.all(), said["months"], _today())

        return ask(self, request, queryset, Asking("pay", PAY, PaymentForm, {"months": 1}, planned))


def _conditions(form: ApprovalForm, members: Iterable[Member]) -> tuple[changes.Plan, ...]:
    """The form says where a member has nothing that they could go with."""
    plans: list[changes.Plan] = []
    if not (conditions := form.cleaned_data["conditions"]):
        return ()
    for member in members:
        plan = changes.approved_on(member.memberships.all(), conditions, _today())
        if isinstance(plan, changes.Plan):
            plans.append(plan)
        else:
            form.add_error("conditions", f"{member}: {about_obstacle(plan)}")
    return tuple(plans)


def _today() -> date:
    return house_day(timezone.now())
