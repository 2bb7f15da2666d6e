"""The page that says what would happen if a member tapped, now or at another time; it changes nothing.

Not in here: what it rests on (desk.trial), in words (findings).
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.days import instant_of_this_system
from server.desk.findings import findings, told
from server.desk.trial import try_tap
from server.desk.verdicts import why
from server.members.models import Member
from server.terminals.models import Way
from visits.decision import Admitted, Decision, Direction

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


class WhenForm(forms.Form):
    at = forms.DateTimeField(
        label=_("time of the tap"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        validators=[instant_of_this_system],
    )


def trial_page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: UUID) -> HttpResponse:
    """For whoever may look at members."""
    member = get_object_or_404(Member.objects.select_related("home_facility"), pk=pk)
    if not admin.has_view_permission(request, member):
        raise PermissionDenied
    form = WhenForm(request.GET)
    at = (form.cleaned_data["at"] if form.is_valid() else None) or timezone.now()
    trial = try_tap(member, at)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": gettext("If this member tapped"),
        "subtitle": member.name,
        "member": member,
        "form": form,
        "outcomes": [_outcome(way, decision) for way, decision in trial.decisions],
        "findings": findings(member, trial),
    }
    return TemplateResponse(request, "desk/tap.html", context)


def _outcome(way: Direction, decision: Decision) -> dict[str, Any]:
    return {
        "way": Way(way.value).label,
        "admitted": isinstance(decision, Admitted),
        "rule": decision.rule.value,
        "why": why(decision.rule),
        "told": told(decision),
    }
