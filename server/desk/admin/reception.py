"""What the pages of reception have in common: a list of what was done that leads to the page where it is done.

Not in here: the pages (drop_in, parking, over_limit).
"""

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext
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

    def recorded(self, request: HttpRequest, words: str, *, before: bool) -> None:
        """Says what was recorded; `before` where the same page was sent already."""
        if before:
            words = f"{words} {gettext('The page was sent twice. It was recorded already, once.')}"
        self.message_user(request, words, messages.SUCCESS)

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:  # noqa: ANN401 - what the template shows
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return TemplateResponse(request, template, shown)


class AtFacilityForm(forms.Form):
    """Where there is one facility only, it is that one."""

    facility = forms.ModelChoiceField(Facility.objects.all(), label=_("facility"), empty_label=None)


_NOT_OF_HERE = _("This page is not complete. Open it anew and fill it in once more.")


class OncePerPageForm(AtFacilityForm):
    """Carries what makes a page sent twice be recorded once."""

    once = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={"required": _NOT_OF_HERE, "invalid": _NOT_OF_HERE},
    )

    def begin_anew(self) -> None:
        """Whoever goes back to a page that was recorded and asks for something else records that too."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["once"] = str(uuid4())
        self.data = data
