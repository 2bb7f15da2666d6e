"""What staff are asked for when they record or correct a passage by hand.

Not in here: what comes of it (ledger.corrections).
"""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from server.desk.days import instant_of_this_system
from server.ledger.models import NOTE_LENGTH, Visit


def _moment(words: Any, help_text: Any = "") -> forms.DateTimeField:  # noqa: ANN401 - lazy translations
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"})
    return forms.DateTimeField(
        label=words, required=False, widget=widget, help_text=help_text, validators=[instant_of_this_system]
    )


def _note(*, required: bool, help_text: Any = "") -> forms.CharField:  # noqa: ANN401 - as above
    return forms.CharField(
        label=_("reason, for whoever looks here later"), max_length=NOTE_LENGTH, required=required, help_text=help_text
    )


class PassageForm(forms.Form):
    at = _moment(_("time"), _("Empty: now."))
    note = _note(required=False, help_text=_("Needed where the terminal would refuse."))


class TimesForm(forms.Form):
    entered_at = _moment(_("entered at"))
    left_at = _moment(_("left at"), _("Empty while the member is inside, or where nobody saw the way out."))
    note = _note(required=True)

    def __init__(self, visit: Visit, posted: QueryDict | None = None) -> None:
        self._held = {"entered_at": visit.entered_at, "left_at": None if visit.is_assumed() else visit.left_at}
        super().__init__(posted, initial={name: _shown(at) for name, at in self._held.items()})

    def clean_entered_at(self) -> datetime | None:
        return self._as_held("entered_at")

    def clean_left_at(self) -> datetime | None:
        return self._as_held("left_at")

    def clean(self) -> None:
        entered, left = (self.cleaned_data.get(name) for name in self._held)
        if not self.errors and entered is None and left is None:
            raise ValidationError(_("A visit has a beginning or an end. If it did not happen, say so below."))
        if entered is not None and left is not None and left < entered:
            raise ValidationError(_("A visit begins before it ends."))

    def _as_held(self, name: str) -> datetime | None:
        """What was not changed keeps its fraction of a second, which is not shown."""
        given: datetime | None = self.cleaned_data[name]
        held = self._held[name]
        return held if given is not None and given == _shown(held) else given


class NoteForm(forms.Form):
    note = _note(required=True)


def _shown(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(microsecond=0)
