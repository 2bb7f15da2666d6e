"""Visits, who is inside, events and alarms: all to be looked at, none to be changed."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.desk.admin.lists import EmptyFilter, ReadOnlyAdmin
from server.ledger.models import Alarm, Event, FlagWords, PresentVisit, Visit


class OpenVisitFilter(EmptyFilter):
    title = _("whether still inside")
    parameter_name = "open"
    field = "left_at"
    empty = _("still inside")
    filled = _("has left")


class FlagFilter(admin.SimpleListFilter):
    title = _("flags")
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        del request, model_admin
        return list(FlagWords.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        del request
        flag = self.value()
        return queryset if flag is None else queryset.filter(flags__contains=flag)


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("member", "facility", "day", "entered_at", "left_at", "flag_list")
    list_filter = ("facility", "day", OpenVisitFilter, FlagFilter)
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    date_hierarchy = "day"
    fields = (*list_display, "first_terminal", "first_seq")

    @admin.display(description=_("flags"))
    def flag_list(self, visit: Visit) -> str:
        return "、".join(visit.flag_words())


@admin.register(PresentVisit)
class PresentVisitAdmin(ReadOnlyAdmin):
    list_display = ("member", "organisation", "facility", "entered_at")
    list_filter = ("facility",)
    list_select_related = ("member__organisation", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    fields = list_display

    @admin.display(description=_("organisation"))
    def organisation(self, visit: Visit) -> str:
        return str(visit.member.organisation or "")


class RejectedFilter(EmptyFilter):
    title = _("whether counted")
    parameter_name = "counted"
    field = "rejection"
    empty = _("counted")
    filled = _("rejected")


class _WithRecord(ReadOnlyAdmin):
    @admin.display(description=_("record"))
    def readable_record(self, row: Event | Alarm) -> SafeString:
        text = json.dumps(json.loads(row.record), indent=2, ensure_ascii=False)
        return format_html('<pre class="record">{}</pre>', text)


@admin.register(Event)
class EventAdmin(_WithRecord):
    list_display = ("seq", "terminal", "kind", "member", "at", "received_at", "rejection")
    list_filter = (RejectedFilter, "facility", "terminal", "kind")
    list_select_related = ("terminal__facility", "member")
    fields = (*list_display, "rejection_detail", "readable_record")


class HandledFilter(EmptyFilter):
    title = _("whether handled")
    parameter_name = "open"
    field = "handled_at"
    empty = _("open")
    filled = _("handled")


@admin.register(Alarm)
class AlarmAdmin(_WithRecord):
    list_display = ("kind", "terminal", "expected_seq", "raised_at", "handled_at")
    list_filter = (HandledFilter, "facility", "kind")
    list_select_related = ("terminal__facility",)
    fields = (*list_display, "readable_record")
    actions = ("mark_handled",)

    @admin.action(description=_("Mark the selected alarms as handled"), permissions=["view"])
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        alarms = list(queryset.filter(handled_at=None))
        for alarm in alarms:
            alarm.handled_at = timezone.now()
            alarm.save(update_fields=("handled_at",))
            self.log_change(request, alarm, [{"changed": {"fields": ["handled_at"]}}])
        words = ngettext("%d alarm was marked as handled.", "%d alarms were marked as handled.", len(alarms))
        self.message_user(request, words % len(alarms))
