"""Events and alarms as they came from the terminals: to be looked at, not to be changed; what staff decide about them.

Not in here: what a decision does (ledger.resolution), the visits that follow.
"""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import EmptyFilter, ReadOnlyAdmin
from server.ledger.models import Alarm, AlarmKind, Event, Rejection
from server.ledger.resolution import close, try_again
from server.ledger.sentences import about_alarm, about_rejection

NOTE_LENGTH = 500


class _RecordAdmin(ReadOnlyAdmin):
    @admin.display(description=_("record"))
    def readable_record(self, row: Event | Alarm) -> SafeString:
        """Empty for a record that is destroyed."""
        text = json.dumps(json.loads(row.record or "{}"), indent=2, ensure_ascii=False)
        return format_html('<pre class="record">{}</pre>', text)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Nobody edits a record; whoever has the right to change such rows decides about them."""
        return request.user.has_perm(f"ledger.change_{self.opts.model_name}")


class CountedFilter(admin.SimpleListFilter):
    """Counted, waiting for staff, or resolved by them without being counted."""

    title = _("whether counted")
    parameter_name = "counted"
    conditions = {  # noqa: RUF012 - Django's way of a constant
        "yes": Q(rejection=None),
        "waiting": Q(rejection__isnull=False, resolved_at=None),
        "closed": Q(rejection__isnull=False, resolved_at__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        del request, model_admin
        return [("yes", _("counted")), ("waiting", _("waiting for staff")), ("closed", _("closed with a note"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        del request
        condition = self.conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


@admin.register(Event)
class EventAdmin(_RecordAdmin):
    list_display = ("seq", "terminal", "kind", "member", "at", "received_at", "rejection", "resolved_at")
    list_filter = (CountedFilter, "rejection", "facility", "terminal", "kind")
    list_select_related = ("terminal__facility", "member")
    fields = (
        *("seq", "terminal", "kind", "member", "at", "basis", "received_at"),
        *("rejection", "what_happened", "rejection_detail", "resolved_at", "resolved_by", "note", "readable_record"),
    )
    actions = ("judge_again", "close_with_note")

    @admin.display(description=_("what happened, what to do"))
    def what_happened(self, event: Event) -> str:
        return about_rejection(Rejection(event.rejection)) if event.rejection else ""

    @admin.action(description=_("Try the selected rejected events again"), permissions=["decide"])
    def judge_again(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        counted = 0
        for event in _waiting(queryset):
            against = try_again(event, request.user.get_username(), timezone.now())
            if against is None:
                counted += 1
                self.log_change(request, event, [{"changed": {"fields": ["rejection"]}}])
            else:
                self.message_user(request, f"{event}: {about_rejection(against)}", "warning")
        words = ngettext("%d event is counted now.", "%d events are counted now.", counted)
        self.message_user(request, words % counted)

    @admin.action(description=_("Close the selected rejected events with a note"), permissions=["decide"])
    def close_with_note(self, request: HttpRequest, queryset: QuerySet[Event]) -> HttpResponse | None:
        """Asks for the note first; without one nothing is closed."""
        events = _waiting(queryset)
        note = request.POST.get("note", "").strip()[:NOTE_LENGTH]
        if events and not note:
            return self._note_page(request, events)
        for event in events:
            close(event, note, request.user.get_username(), timezone.now())
            self.log_change(request, event, [{"changed": {"fields": ["resolved_at", "note"]}}])
        words = ngettext("%d event was closed.", "%d events were closed.", len(events))
        self.message_user(request, words % len(events))
        return None

    def _note_page(self, request: HttpRequest, events: list[Event]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Close with a note"),
            "events": [(event, self.what_happened(event)) for event in events],
            "checkbox": ACTION_CHECKBOX_NAME,
            "longest": NOTE_LENGTH,
        }
        return TemplateResponse(request, "desk/close_events.html", context)


def _waiting(events: QuerySet[Event]) -> list[Event]:
    return list(events.filter(CountedFilter.conditions["waiting"]).select_related("terminal__facility"))


class HandledFilter(EmptyFilter):
    title = _("whether handled")
    parameter_name = "open"
    field = "handled_at"
    empty = _("open")
    filled = _("handled")


@admin.register(Alarm)
class AlarmAdmin(_RecordAdmin):
    list_display = ("kind", "terminal", "expected_seq", "raised_at", "handled_at")
    list_filter = (HandledFilter, "facility", "terminal", "kind")
    list_select_related = ("terminal__facility",)
    fields = ("kind", "what_happened", "terminal", "expected_seq", "raised_at", "handled_at", "readable_record")
    actions = ("mark_handled",)

    @admin.display(description=_("what happened, what to do"))
    def what_happened(self, alarm: Alarm) -> str:
        return about_alarm(AlarmKind(alarm.kind))

    @admin.action(description=_("Mark the selected alarms as handled"), permissions=["decide"])
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        alarms = list(queryset.filter(handled_at=None))
        for alarm in alarms:
            alarm.handled_at = timezone.now()
            alarm.save(update_fields=("handled_at",))
            self.log_change(request, alarm, [{"changed": {"fields": ["handled_at"]}}])
        words = ngettext("%d alarm was marked as handled.", "%d alarms were marked as handled.", len(alarms))
        self.message_user(request, words % len(alarms))
