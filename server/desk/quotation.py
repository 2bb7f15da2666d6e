"""What a quote is asked for: the fields that fit each offer of a price list, and the use they describe.

Not in here: the price (server.fees.quotes) and the page.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from server.desk.bills import CONSIGNMENT, Names, name_of
from server.desk.days import day_of_this_system
from server.fees import quotes
from server.fees.models import LONGEST_DECLARED, VisitorWords
from server.terminals.models import Facility
from visits.dropin import Visitor
from visits.fees import Purpose
from visits.monthly import Claim, Ground
from visits.tariff import MAX_PRICE, Tariff

MOST = 10_000
MOST_MONTHS = 12
DROP_IN, THINGS = "drop_in", "things"
THING = "thing-"

_GROUNDS = (
    ("", _("none: general price")),
    (Ground.FOUNDED.value, _("founded within 3 years, or to be founded within 3 months")),
    (Ground.OFFICE_OPENED_HERE.value, _("office opened here within 3 years")),
    (Ground.HEAD_OFFICE_MOVED_HERE.value, _("head office moved here within 3 years")),
)


class WhereForm(forms.Form):
    facility = forms.ModelChoiceField(Facility.objects.all(), label=_("facility"))
    day = forms.DateField(
        label=_("day of use, or the first of several"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[day_of_this_system],
    )


def offers(tariff: Tariff, names: Names) -> list[Any]:
    """The choices of `what`, in groups as the price list has them; a value names table and key."""
    tables = (
        (_("by parts of the day"), "slots", tariff.slots),
        (_("by the hour"), "hours", tariff.hours),
        (_("by the day"), "days", tariff.days),
        (_("by the month"), "months", tariff.months),
    )
    groups: list[Any] = [
        (label, [(f"{table}:{price.key}", name_of(price.key, names)) for price in prices])
        for label, table, prices in tables
        if prices
    ]
    others = [
        (f"{THINGS}:", _("things and copies only"), bool(tariff.things)),
        (f"{CONSIGNMENT}:", _("selling on consignment"), tariff.consignment_percent is not None),
        (f"{DROP_IN}:", _("drop-in"), tariff.drop_in is not None),
    ]
    return [("", "---------"), *groups, (_("other"), [(value, label) for value, label, there in others if there])]


class WhatForm(forms.Form):
    """`what` alone, or with the fields of the offer it names."""

    def __init__(self, data: Mapping[str, Any] | None, tariff: Tariff, names: Names, what: str) -> None:
        super().__init__(data, label_suffix="", initial={"what": what})
        self.table, self.key = f"{what}:".split(":")[:2]
        self.fields["what"] = forms.ChoiceField(label=_("what for"), choices=offers(tariff, names))
        self.fields |= _FIELDS.get(self.table, _nothing)(tariff, self.key)
        if self.table in {"slots", "hours", "days", DROP_IN, THINGS}:
            self.fields |= _thing_fields(tariff, names)

    def clean(self) -> None:
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        if starts and ends and starts >= ends:
            self.add_error("ends", _("The end is not after the beginning."))
        if self.cleaned_data.get("ground") and not self.cleaned_data.get("since"):
            self.add_error("since", _("Give the day, or choose no reason."))

    def things(self) -> dict[str, int]:
        return {
            name.removeprefix(THING): count
            for name, count in self.cleaned_data.items()
            if name.startswith(THING) and count
        }

    def thing_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(THING)]

    def use_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith(THING)]

    def use(self) -> quotes.Use | None:
        """None for things alone. For a valid form."""
        given = self.cleaned_data
        match self.table:
            case "slots" | "hours":
                return self._timed(given)
            case "days":
                return quotes.DayUse(self.key, given["seats"])
            case "months":
                return quotes.MonthUse(self.key, given["months"], self._claim())
            case "consignment":
                return quotes.Consigned(given["sales"])
            case "drop_in":
                return quotes.DropIn(Visitor(given["visitor"]), timedelta(minutes=given["minutes"]))
            case _:
                return None

    def _timed(self, given: Mapping[str, Any]) -> quotes.SlotUse | quotes.HourUse:
        starts, ends, purpose = given["starts"], given["ends"], self._purpose()
        if self.table == "hours":
            return quotes.HourUse(self.key, starts, ends, purpose)
        return quotes.SlotUse(self.key, starts, ends, purpose, given.get("square_metres"))

    def _purpose(self) -> Purpose:
        return Purpose(self.cleaned_data.get("admission") or 0, promotion=bool(self.cleaned_data.get("promotion")))

    def _claim(self) -> Claim | None:
        given = self.cleaned_data
        if not given["ground"]:
            return None
        return Claim(
            Ground(given["ground"]), given["since"], corporation=given["corporation"], documented=given["documented"]
        )


def _nothing(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    del tariff, key
    return {}


def _by_slot(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    prices = [each for each in tariff.slots if each.key == key]
    fields = _times()
    if any(each.per_square_metre for each in prices):
        fields["square_metres"] = _count(_("square metres"), least=1)
    return fields | (_purposes() if any(each.floor for each in prices) else {})


def _by_hour(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    floor = any(each.floor for each in tariff.hours if each.key == key)
    return _times() | (_purposes() if floor else {})


def _by_day(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    del tariff, key
    return {"seats": _count(_("seats"), least=1)}


def _by_month(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    del tariff, key
    return {
        "months": _count(_("months, the first included"), least=1, most=MOST_MONTHS),
        "ground": forms.ChoiceField(label=_("reason for half the price"), choices=_GROUNDS, required=False),
        "since": forms.DateField(
            label=_("day of founding, opening or moving"),
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            validators=[day_of_this_system],
        ),
        "corporation": forms.BooleanField(label=_("a corporation"), required=False),
        "documented": forms.BooleanField(label=_("documents were handed in"), required=False),
    }


def _consigned(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    del tariff, key
    return {"sales": _count(_("sales, yen"), least=0, most=MAX_PRICE)}


def _dropping_in(tariff: Tariff, key: str) -> dict[str, forms.Field]:
    del tariff, key
    return {
        "visitor": forms.ChoiceField(label=_("visitor"), choices=VisitorWords.choices),
        "minutes": _count(_("declared minutes"), least=1, most=LONGEST_DECLARED, initial=60),
    }


_FIELDS = {
    "slots": _by_slot,
    "hours": _by_hour,
    "days": _by_day,
    "months": _by_month,
    CONSIGNMENT: _consigned,
    DROP_IN: _dropping_in,
}


def _times() -> dict[str, forms.Field]:
    ends = (("starts", _("from")), ("ends", _("until")))
    return {name: forms.TimeField(label=label, widget=_clock()) for name, label in ends}


def _clock() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def _purposes() -> dict[str, forms.Field]:
    return {
        "admission": _count(_("admission fee a visitor pays, yen"), least=0, most=MAX_PRICE),
        "promotion": forms.BooleanField(label=_("sales, promotion or the like"), required=False),
    }


def _thing_fields(tariff: Tariff, names: Names) -> dict[str, forms.Field]:
    return {
        f"{THING}{thing.key}": forms.IntegerField(
            label=name_of(thing.key, names), min_value=0, max_value=MOST, required=False
        )
        for thing in tariff.things
    }


def _count(label: Any, *, least: int, most: int = MOST, initial: int | None = None) -> forms.IntegerField:  # noqa: ANN401 - a lazy translation
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, initial=least if initial is None else initial
    )
