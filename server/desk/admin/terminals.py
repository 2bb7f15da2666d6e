"""Facilities and terminals: preparing one, issuing its code, watching it, shutting it out."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import DeskAdmin
from server.desk.overview import ACKNOWLEDGED
from server.terminals.enrolment import LIFETIME, AlreadyEnrolledError, issue_code
from server.terminals.models import Facility, Terminal

if TYPE_CHECKING:
    from django.forms import ModelForm


@admin.register(Facility)
class FacilityAdmin(DeskAdmin):
    list_display = ("name", "shows_names")
    search_fields = ("name",)


@admin.register(Terminal)
class TerminalAdmin(DeskAdmin):
    list_display = ("name", "facility", "direction", "state", "last_contact_at", "acknowledged")
    list_filter = ("facility", "direction")
    list_select_related = ("facility",)
    search_fields = ("name",)
    fields = ("facility", "name", "direction", "state", "enrolled_at", "revoked_at", "last_contact_at", "acknowledged")
    actions = ("issue_enrolment_code", "revoke")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Terminal]:
        terminals: QuerySet[Terminal] = super().get_queryset(request).annotate(acknowledged=ACKNOWLEDGED)
        return terminals

    def get_readonly_fields(self, request: HttpRequest, obj: Terminal | None = None) -> tuple[str, ...]:
        """What an enrolled terminal has reported belongs to the facility it stood in: elsewhere it is a new one."""
        del request
        shown = ("state", "enrolled_at", "revoked_at", "last_contact_at", "acknowledged")
        return shown if obj is None or obj.public_key is None else ("facility", *shown)

    def save_model(self, request: HttpRequest, obj: Terminal, form: "ModelForm[Terminal]", change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Only what was edited: meanwhile the terminal may have enrolled."""
        del request
        obj.save(update_fields=form.changed_data if change else None)

    def has_delete_permission(self, request: HttpRequest, obj: Terminal | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.public_key is None)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=_("state"))
    def state(self, terminal: Terminal) -> str:
        if terminal.revoked_at is not None:
            return gettext("revoked")
        return gettext("enrolled") if terminal.public_key is not None else gettext("not enrolled yet")

    @admin.display(description=_("acknowledged up to"))
    def acknowledged(self, terminal: Any) -> int:  # noqa: ANN401 - carries the annotation above
        return int(getattr(terminal, "acknowledged", 0))

    @admin.action(description=_("Issue an enrolment code"), permissions=["change"])
    def issue_enrolment_code(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> HttpResponse | None:
        """Shown on the page that answers, and nowhere else: not in a message, which would be stored in a session."""
        now = timezone.now()
        try:
            terminal = queryset.get()
            code = issue_code(terminal, now)
        except Terminal.MultipleObjectsReturned:
            self.message_user(request, gettext("Select one terminal at a time."), messages.ERROR)
        except AlreadyEnrolledError:
            words = gettext("This terminal was enrolled or revoked already. Prepare a new one in its place.")
            self.message_user(request, words, messages.ERROR)
        else:
            return self._code_page(request, terminal, code, now + LIFETIME)
        return None

    def _code_page(self, request: HttpRequest, terminal: Terminal, code: str, expires_at: datetime) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Enrolment code"),
            "terminal": terminal,
            "code": code,
            "expires_at": expires_at,
        }
        return TemplateResponse(request, "desk/enrolment_code.html", context)

    @admin.action(description=_("Revoke the selected terminals"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> None:
        terminals = list(queryset.filter(revoked_at=None))
        for terminal in terminals:
            terminal.revoked_at = timezone.now()
            terminal.save(update_fields=("revoked_at",))
            self.log_change(request, terminal, [{"changed": {"fields": ["revoked_at"]}}])
        words = ngettext("%d terminal was revoked.", "%d terminals were revoked.", len(terminals))
        self.message_user(request, words % len(terminals))
