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
from server.desk.overview import terminal_figures
from server.terminals import lifecycle
from server.terminals.enrolment import LIFETIME, AlreadyEnrolledError, issue_code
from server.terminals.models import Facility, Terminal

if TYPE_CHECKING:
    from django.forms import ModelForm


FIGURES = ("acknowledged", "waiting_events", "open_alarms")
SHOWN = ("state", "enrolled_at", "succeeds", "revoked_at", "last_contact_at", *FIGURES)


@admin.register(Facility)
class FacilityAdmin(DeskAdmin):
    list_display = ("name", "shows_names")
    search_fields = ("name",)


@admin.register(Terminal)
class TerminalAdmin(DeskAdmin):
    list_display = ("name", "facility", "direction", "state", "last_contact_at", *FIGURES)
    list_filter = ("facility", "direction")
    list_select_related = ("facility",)
    search_fields = ("name",)
    fields = ("facility", "name", "direction", *SHOWN)
    actions = ("issue_enrolment_code", "replace", "revoke", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Terminal]:
        terminals: QuerySet[Terminal] = (
            super().get_queryset(request).filter(is_desk=False).annotate(**terminal_figures())
        )
        return terminals

    def get_readonly_fields(self, request: HttpRequest, obj: Terminal | None = None) -> tuple[str, ...]:
        """What an enrolled terminal has reported belongs to the facility it stood in: elsewhere it is a new one."""
        del request
        return SHOWN if obj is None or obj.public_key is None else ("facility", *SHOWN)

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
        return _figure(terminal, "acknowledged")

    @admin.display(description=_("rejected events"))
    def waiting_events(self, terminal: Any) -> int:  # noqa: ANN401 - as above
        return _figure(terminal, "waiting_events")

    @admin.display(description=_("open alarms"))
    def open_alarms(self, terminal: Any) -> int:  # noqa: ANN401 - as above
        return _figure(terminal, "open_alarms")

    @admin.action(description=_("Issue an enrolment code"), permissions=["change"])
    def issue_enrolment_code(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> HttpResponse | None:
        """Shown on the page that answers, and nowhere else: not in a message, which would be stored in a session."""
        if (terminal := self._only_one(request, queryset)) is None:
            return None
        now = timezone.now()
        try:
            return self._code_page(request, terminal, issue_code(terminal, now), now + LIFETIME)
        except AlreadyEnrolledError:
            words = gettext("This terminal was enrolled or revoked already. Prepare a new one in its place.")
            self.message_user(request, words, messages.ERROR)
            return None

    @admin.action(description=_("Replace the selected terminal by a new one"), permissions=["add"])
    def replace(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> HttpResponse | None:
        """For the same door after the machine was set up anew: a terminal of its own, with its code."""
        if (old := self._only_one(request, queryset)) is None:
            return None
        now = timezone.now()
        new = lifecycle.replace(old)
        self.log_addition(request, new, [{"added": {}}])
        words = gettext("The terminal before stays as it is. Revoke it once its visits have arrived.")
        self.message_user(request, words, messages.WARNING)
        return self._code_page(request, new, issue_code(new, now), now + LIFETIME)

    def _only_one(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> Terminal | None:
        if queryset.count() == 1:
            return queryset.get()
        self.message_user(request, gettext("Select one terminal at a time."), messages.ERROR)
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
        revoked = lifecycle.revoke(list(queryset), timezone.now())
        words = ngettext("%d terminal was revoked.", "%d terminals were revoked.", len(revoked))
        self._tell(request, revoked, words)

    @admin.action(description=_("Restore the selected revoked terminals"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> None:
        restored = lifecycle.restore(list(queryset))
        words = ngettext("%d terminal was restored.", "%d terminals were restored.", len(restored))
        self._tell(request, restored, words)

    def _tell(self, request: HttpRequest, changed: list[Terminal], words: str) -> None:
        for terminal in changed:
            self.log_change(request, terminal, [{"changed": {"fields": ["revoked_at"]}}])
        self.message_user(request, words % len(changed))


def _figure(terminal: object, name: str) -> int:
    """0 for one that is just being added."""
    return int(getattr(terminal, name, 0))
