"""Rules that hold from a date on are not changed by the way: days gone by were judged by them (C22).

What is in force is changed only where staff say that it corrects a mistake, and never gets another date: that would be
new rules, which begin beside the old ones. Not in here: what each form asks for (house, prices).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import DeskAdmin
from visits.calendar import house_day

NEW_DATE = _(
    "For something new change the date and press “Save as new”: what was until then stays, and past days go by it."
)
_MOVED = _("The date of these stays. Press “Save as new” to begin others from this date.")
_NOT_MOVED = _("These stay with their facility. Press “Save as new” to begin others there.")
_GONE_BY = _("This is for days gone by. Tick here if it corrects a mistake.")


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg] # no generic at run time
    """Asks for a word before days gone by are judged otherwise."""

    is_correction = forms.BooleanField(
        label=_("this corrects a mistake"), required=False, help_text=_("Past days are then judged by it as well.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        touches = not self.errors and self.touches_past(house_day(timezone.now()), cleaned)
        if touches and not cleaned["is_correction"]:
            raise ValidationError({"is_correction": _GONE_BY})
        return cleaned

    def touches_past(self, today: date, cleaned: dict[str, Any]) -> bool:
        raise NotImplementedError


class VersionForm(CorrectionForm):
    """For what holds from `valid_from` on; the instance is that of a version that is kept already."""

    def clean_valid_from(self) -> date:
        valid_from: date = self.cleaned_data["valid_from"]
        if self._is_kept() and "valid_from" in self.changed_data:
            raise ValidationError(_MOVED)
        return valid_from

    def clean_facility(self) -> Any:  # noqa: ANN401 - a facility
        if self._is_kept() and "facility" in self.changed_data:
            raise ValidationError(_NOT_MOVED)
        return self.cleaned_data["facility"]

    def touches_past(self, today: date, cleaned: dict[str, Any]) -> bool:
        """What begins today may still be entered today, but not be changed by the way."""
        begun = today if self._is_kept() else today - timedelta(days=1)
        return bool(cleaned["valid_from"] <= begun)

    def _is_kept(self) -> bool:
        return self.instance.pk is not None


class DaysForm(CorrectionForm):
    """For what is about certain days; the names of their first and last field."""

    days = ("first", "last")

    def touches_past(self, today: date, cleaned: dict[str, Any]) -> bool:
        """Of what has begun, the days to come may be changed; its words may be corrected at any time."""
        kept, now = self._past(self.initial, today), self._past(cleaned, today)
        if not {"facility", "opens", "closes"} & set(self.changed_data):
            return kept != now
        return bool(kept or now)

    def _past(self, values: Mapping[str, Any], today: date) -> tuple[date, date] | None:
        first, last = (values.get(name) for name in self.days)
        if first is None or last is None or first >= today:
            return None
        return first, min(last, today - timedelta(days=1))


class DayForm(DaysForm):
    days = ("day", "day")


class OfFacilityAdmin(DeskAdmin):
    """A facility is chosen here, and not made or changed by the way."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401, FBT001, FBT002
        form = super().get_form(request, obj, change, **kwargs)
        if "facility" in form.base_fields:
            widget: Any = form.base_fields["facility"].widget
            widget.can_add_related = widget.can_change_related = False
            widget.can_delete_related = widget.can_view_related = False
        return form


class VersionAdmin(OfFacilityAdmin):
    """What holds from a date on. The past is not deleted: it is what past visits were judged by."""

    list_display_links = ("facility", "valid_from")
    list_filter = ("facility",)
    list_select_related = ("facility",)
    save_as = True
    save_as_continue = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        begun = self.model.objects.filter(facility=OuterRef("facility"), valid_from__lte=house_day(timezone.now()))
        present = Subquery(begun.order_by("-valid_from").values("pk")[:1])
        versions: QuerySet[Any] = super().get_queryset(request).annotate(present=present)
        return versions

    @admin.display(description=_("in force"), boolean=True)
    def in_force(self, version: Any) -> bool:  # noqa: ANN401 - carries the annotation above
        return bool(version.pk == version.present)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        has_begun = obj is not None and obj.valid_from <= house_day(timezone.now())
        return not has_begun and super().has_delete_permission(request, obj)
