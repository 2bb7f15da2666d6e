"""Visits and who is inside: all to be looked at, none to be changed here.

Whoever looks sees nobody inside whose check-out was forgotten. Not in here: putting a visit right (corrections).
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import EmptyFilter, ReadOnlyAdmin
from server.ledger.closing import close_everywhere
from server.ledger.models import FlagWords, PresentVisit, Visit
from server.members.terms import membership_on


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


class _VisitsNow(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - Django's answer
        close_everywhere(timezone.now())
        return super().changelist_view(request, extra_context)


@admin.register(Visit)
class VisitAdmin(_VisitsNow):
    change_form_template = "desk/visit.html"
    list_display = ("member", "facility", "day", "entered_at", "left", "flag_list")
    list_filter = ("facility", "day", OpenVisitFilter, FlagFilter)
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    date_hierarchy = "day"
    fields = (*list_display, "first_terminal", "first_seq")

    @admin.display(description=_("left at"), ordering="left_at")
    def left(self, visit: Visit) -> str:
        """In brackets where nobody saw it."""
        if visit.left_at is None:
            return ""
        at = formats.localize(timezone.localtime(visit.left_at))
        return gettext("(%(time)s, assumed)") % {"time": at} if visit.is_assumed() else at

    @admin.display(description=_("flags"))
    def flag_list(self, visit: Visit) -> str:
        return "、".join(visit.flag_words())


@admin.register(PresentVisit)
class PresentVisitAdmin(_VisitsNow):
    list_display = ("member", "organisation", "facility", "entered_at")
    list_filter = ("facility",)
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[PresentVisit]:
        present: QuerySet[PresentVisit] = super().get_queryset(request)
        return present.prefetch_related("member__memberships__organisation")

    @admin.display(description=_("organisation"))
    def organisation(self, visit: Visit) -> str:
        """Of the membership in force when the visit began."""
        held = membership_on(visit.member, visit.day)
        return str(held.organisation or "") if held else ""
