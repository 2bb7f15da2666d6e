"""The slots of a space in one field, a line for each: `am 10:00-12:00 2800 午前 / Morning`.

A space has a handful of slots, and nested tables of forms are slower to read than the price list itself.
Not in here: the rest of the price list (prices).
"""

import re
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from server.house.models import Slot, SlotSpace
from visits.tariff import MAX_PRICE, SlotPrices, TariffError
from visits.tariff import Slot as SlotRule

_LINE = re.compile(
    r"(?P<key>[-\w]{1,40})\s+(?P<starts>\d\d?:\d\d)\s*-\s*(?P<ends>\d\d?:\d\d)\s+(?P<price>[\d,]{1,12})"
    r"\s+(?P<ja>[^/]{1,60}?)\s*/\s*(?P<en>.{1,60})",
    re.ASCII,
)


class SlotSpaceForm(forms.ModelForm):  # type: ignore[type-arg] # no generic at run time
    slots = forms.CharField(
        label=_("slots"),
        widget=forms.Textarea(attrs={"rows": 8, "cols": 72, "spellcheck": "false"}),
        help_text=_("A line for each: key, times, yen, names in Japanese / English. One slot spans all the others."),
    )

    class Meta:
        model = SlotSpace
        fields = ("key", "name_ja", "name_en", "slots", "overtime", "floor", "per_square_metre")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own arguments
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["slots"] = "\n".join(_line(slot) for slot in self.instance.slots.all())

    def clean_slots(self) -> list[Slot]:
        lines = [line.strip() for line in self.cleaned_data["slots"].splitlines()]
        slots = [_slot(line) for line in lines if line]
        if len({slot.key for slot in slots}) != len(slots):
            raise ValidationError(_("Two slots have the same key."))
        try:
            SlotPrices("space", tuple(SlotRule(each.key, each.starts, each.ends, each.price) for each in slots), 0)
        except TariffError as error:
            raise ValidationError(_("One slot must span all the others, from the first to the last.")) from error
        return slots

    def save(self, commit: bool = True) -> SlotSpace:  # noqa: FBT001, FBT002 - Django's own signature
        space: SlotSpace = super().save(commit)
        if commit and ("slots" in self.changed_data or not space.slots.exists()):
            space.slots.all().delete()
            for slot in self.cleaned_data["slots"]:
                slot.space = space
                slot.save()
        return space


def _slot(line: str) -> Slot:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValidationError(_("This line is no slot: %(line)s"), params={"line": line})
    try:
        starts, ends = (time.fromisoformat(found[end].zfill(5)) for end in ("starts", "ends"))
    except ValueError as error:
        raise ValidationError(_("These are no times: %(line)s"), params={"line": line}) from error
    price = int(found["price"].replace(",", "") or -1)
    if starts >= ends:
        raise ValidationError(_("This slot ends before it starts: %(line)s"), params={"line": line})
    if not 0 <= price <= MAX_PRICE:
        raise ValidationError(_("This is no price: %(line)s"), params={"line": line})
    return Slot(key=found["key"], name_ja=found["ja"], name_en=found["en"], starts=starts, ends=ends, price=price)


def _line(slot: Slot) -> str:
    return f"{slot.key} {slot.starts:%H:%M}-{slot.ends:%H:%M} {slot.price} {slot.name_ja} / {slot.name_en}"
