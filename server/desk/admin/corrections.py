"""The pages on which the desk records a passage by hand, and puts a visit right; and the list of all that was done so.

Not in here: what comes of it (ledger.corrections, desk.passage).
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.correction_forms import NoteForm, PassageForm, TimesForm
from server.desk.admin.lists import ReadOnlyAdmin
from server.desk.findings import told
from server.desk.passage import ReasonMissingError, at_the_door, let_pass
from server.desk.verdicts import why
from server.ledger.corrections import (
    AheadOfTimeError,
    DoesNotFitError,
    NotCountedError,
    correct_times,
    passages_of,
    void_visit,
)
from server.ledger.models import Correction, Event, Visit
from server.members.models import Member
from server.terminals.models import Way
from visits.decision import Admitted, Decision, Direction

if TYPE_CHECKING:
    from django.forms import Form

_AHEAD = _("This has not happened yet.")
_MEANWHILE = _("This visit has become another meanwhile: look at it again.")


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "member", "facility", "voided", "added", "note")
    list_filter = ("facility", "at")
    list_select_related = ("member", "facility", "voids__terminal__facility", "adds__terminal__facility")
    search_fields = ("member__name", "member__kana", "member__number", "by", "note")
    date_hierarchy = "at"
    fields = ("at", "by", "member", "facility", "voids", "adds", "note")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("member/<uuid:pk>/", view(self.passage_page), name="ledger_correction_passage"),
            path("visit/<int:pk>/", view(self.visit_page), name="ledger_correction_visit"),
            *super().get_urls(),
        ]

    @admin.display(description=_("taken back"))
    def voided(self, correction: Correction) -> str:
        return _in_words(correction.voids)

    @admin.display(description=_("added"))
    def added(self, correction: Correction) -> str:
        return _in_words(correction.adds)

    def passage_page(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        member = get_object_or_404(Member.objects.select_related("home_facility"), pk=pk)
        form = PassageForm(self._allowed(request) or None)
        if form.is_valid() and self._passed(request, member, form):
            return HttpResponseRedirect(reverse("admin:members_member_change", args=[pk]))
        at = (form.cleaned_data.get("at") if form.is_bound and form.is_valid() else None) or timezone.now()
        outcomes = [_outcome(way, decision) for way, decision in at_the_door(member, at).items()]
        context = {"title": gettext("Check in or out at the desk"), "subtitle": member.name, "member": member}
        return self._page(request, "desk/passage.html", context | {"form": form, "outcomes": outcomes})

    def visit_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        visit = get_object_or_404(Visit.objects.select_related("member", "facility"), pk=pk)
        posted = self._allowed(request) or None
        try:
            events = passages_of(visit)
        except NotCountedError:
            return self._gone(request)
        undo = "undo" in (posted or {})
        form = NoteForm(posted) if undo else TimesForm(visit, posted)
        if form.is_valid():
            done = self._undone(request, visit, form) if undo else self._corrected(request, visit, form)
            if done is not None:
                return done
        context = {"title": gettext("Correct this visit"), "subtitle": str(visit), "visit": visit, "undo": undo}
        shown = {"form": TimesForm(visit) if undo else form, "problems": form.errors if undo else {}}
        return self._page(request, "desk/correct_visit.html", context | shown | {"events": events})

    def _allowed(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's dictionary of what was posted
        """For whoever has the right to add corrections."""
        if not request.user.has_perm("ledger.add_correction"):
            raise PermissionDenied
        return request.POST

    def _passed(self, request: HttpRequest, member: Member, form: "Form") -> bool:
        now = timezone.now()
        at, note = form.cleaned_data["at"] or now, form.cleaned_data["note"].strip()
        way = Direction.OUT if request.POST.get("way") == Direction.OUT.value else Direction.IN
        try:
            let_pass(member, way, at, (request.user.get_username(), note), now)
        except ReasonMissingError as error:
            form.add_error("note", f"{gettext('The terminal would refuse: say why you record it.')} {why(error.rule)}")
        except AheadOfTimeError:
            form.add_error("at", str(_AHEAD))
        else:
            words = {
                Direction.IN: gettext("The check-in is recorded."),
                Direction.OUT: gettext("The check-out is recorded."),
            }
            self.message_user(request, words[way])
        return not form.errors

    def _corrected(self, request: HttpRequest, visit: Visit, form: "Form") -> HttpResponse | None:
        given, by = form.cleaned_data, request.user.get_username()
        try:
            made = correct_times(visit, given["entered_at"], given["left_at"], by, given["note"], timezone.now())
        except AheadOfTimeError:
            form.add_error(None, str(_AHEAD))
        except DoesNotFitError:
            words = gettext(
                "These times cross another visit of the member, or the next opening of the house. To make two visits of "
                "one, record the missing passage at the desk."
            )
            form.add_error(None, words)
        except NotCountedError:
            return self._gone(request)
        else:
            self.message_user(request, gettext("The visit was corrected."))
            return HttpResponseRedirect(reverse("admin:ledger_visit_change", args=[made.pk]))
        return None

    def _undone(self, request: HttpRequest, visit: Visit, form: "Form") -> HttpResponse:
        try:
            void_visit(visit, request.user.get_username(), form.cleaned_data["note"], timezone.now())
        except NotCountedError:
            return self._gone(request)
        self.message_user(request, gettext("The visit does not count any more; its records are kept."))
        return HttpResponseRedirect(reverse("admin:ledger_visit_changelist"))

    def _gone(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, str(_MEANWHILE), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:ledger_visit_changelist"))

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, around | context)


def _outcome(way: Direction, decision: Decision) -> dict[str, Any]:
    return {
        "way": Way(way.value),
        "admitted": isinstance(decision, Admitted),
        "why": why(decision.rule),
        "told": told(decision),
        "rule": decision.rule.value,
    }


def _in_words(event: Event | None) -> str:
    if event is None or event.at is None:
        return ""
    return f"{event.get_kind_display()} {timezone.localtime(event.at):%Y-%m-%d %H:%M:%S} ({event.terminal.name})"
