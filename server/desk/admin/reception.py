"""What the pages of reception have in common: a list of what was done that leads to the page where it is done.

Not in here: the pages (drop_in, parking, over_limit).
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import ReadOnlyAdmin
from server.terminals.models import Facility

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ReceptionAdmin(ReadOnlyAdmin):
    """What was taken or handed out is not edited afterwards; `pages` are names of addresses with the words that lead there."""

    change_list_template = "desk/list_with_pages.html"
    pages: ClassVar[tuple[tuple[str, "_StrPromise"], ...]]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        pages = self.pages if self.may_take(request) else ()
        return super().changelist_view(request, {**(extra_context or {}), "pages": pages})

    def may_take(self, request: HttpRequest) -> bool:
        """Whoever may add such rows works at reception."""
        return request.user.has_perm(f"fees.add_{self.opts.model_name}")

    def check_may_take(self, request: HttpRequest) -> None:
        """Raises PermissionDenied."""
        if not self.may_take(request):
            raise PermissionDenied

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:  # noqa: ANN401 - what the template shows
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return TemplateResponse(request, template, shown)


class AtFacilityForm(forms.Form):
    """Where there is one facility only, it is that one."""

    facility = forms.ModelChoiceField(Facility.objects.all(), label=_("facility"), empty_label=None)
