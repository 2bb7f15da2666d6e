"""The page that says what a use would cost, and what stands against it; it changes nothing, and prints as a quote.

Not in here: the form's fields (quotation) and the price (server.fees.quotes).
"""

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.bills import Names, rows_of, yen
from server.desk.quotation import WhatForm, WhereForm
from server.fees.quotes import Objection, Quote, quote
from server.house.rulebook import rulebook_of
from server.house.tariffs import names_of
from server.terminals.models import Facility
from visits.calendar import house_day
from visits.fees import NoSlotReached, NotInTariff
from visits.monthly import Reduction
from visits.rulebook import Rulebook, tariff_on

OBJECTIONS = {
    Objection.PAST: _("The day is over."),
    Objection.NOT_YET: _("Applications for this day are not accepted yet."),
    Objection.DESK_CLOSED: _("The house is closed at this moment: applications are accepted within its hours."),
    Objection.HOUSE_CLOSED: _("The house is closed on that day."),
    Objection.OUTSIDE_HOURS: _("The use does not lie within the hours of that day."),
    Objection.CHILD_ALONE: _("Elementary age and under cannot use the space alone."),
}
REDUCTIONS = {
    Reduction.GRANTED: _("Half price."),
    Reduction.DOCUMENTS_MISSING: _("General price: half is due once the documents are handed in."),
    Reduction.CORPORATIONS_ONLY: _("General price: this reason is for corporations only."),
    Reduction.TOO_EARLY: _("General price: the day named lies too far ahead."),
    Reduction.TOO_LATE: _("General price: the three years are over."),
}


def quote_page(request: HttpRequest) -> HttpResponse:
    """For all staff: prices are public."""
    now = timezone.now()
    where = WhereForm(request.GET if "day" in request.GET else None, initial={"day": house_day(now)}, label_suffix="")
    context: dict[str, Any] = {**admin.site.each_context(request), "title": gettext("Quote"), "where": where}
    if where.is_valid():
        context |= _of_offer(request, where.cleaned_data["facility"], where.cleaned_data["day"], now)
    return TemplateResponse(request, "desk/quote.html", context)


def _of_offer(request: HttpRequest, facility: Facility, day: date, now: datetime) -> dict[str, Any]:
    rulebook, names = rulebook_of(facility.pk), names_of(facility.pk, day)
    tariff = tariff_on(rulebook, day)
    if tariff is None:
        return {"no_tariff": True}
    what = request.GET.get("what", "")
    # The fields change with the offer: what was filled in for another one is no answer to these.
    filled_in = what != "" and request.GET.get("filled_in") == what
    form = WhatForm(request.GET if filled_in else None, tariff, names, what)
    shown = {"form": form, "what": what, "facility": facility, "day": day, "now": now}
    if not (filled_in and form.is_valid()):
        return shown
    return shown | _quoted(form, rulebook, names, day, now)


def _quoted(form: WhatForm, rulebook: Rulebook, names: Names, day: date, now: datetime) -> dict[str, Any]:
    try:
        quoted = quote(rulebook, day, form.use(), form.things(), now)
    except NoSlotReached:
        form.add_error("starts", gettext("No part of the day that is let lies in this time."))
        return {}
    except NotInTariff:
        form.add_error("months", gettext("A price list that begins within these months does not offer this space."))
        return {}
    return {
        "quote": quoted,
        "with_things": bool(form.things()),
        "rows": rows_of(quoted.bill, names),
        "total": yen(quoted.bill.total),
        "objections": [OBJECTIONS[each] for each in quoted.objections],
        "reduction": _reduction(quoted),
    }


def _reduction(quoted: Quote) -> str:
    if quoted.month is None or quoted.month.reduction is None:
        return ""
    return str(REDUCTIONS[quoted.month.reduction])
