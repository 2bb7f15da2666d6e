"""Fees over the limit at reception: a month's charged uses, whether the member was told, and what became of them (A23).

Not in here: who is charged (visits.over_limit) and what is kept (server.fees.over_limit).
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.reception import AtFacilityForm, ReceptionAdmin
from server.desk.bills import yen
from server.desk.days import day_of_this_system
from server.fees import over_limit
from server.fees.models import NOTE_LENGTH, OutcomeWords, Settlement
from server.fees.over_limit import NotAsShownError, Row, State, Word
from server.terminals.models import Facility
from visits.calendar import house_day

STATES = {
    State.BY_DROP_IN: _("paid by the drop-in stay"),
    State.INSIDE: _("still inside"),
    State.NO_PRICE: _("The price list of that day names no drop-in price."),
    State.OPEN: _("to be settled"),
    State.SETTLED: _("settled"),
    State.CHANGED: _("Judged anew since it was settled: another amount is due."),
    State.NO_LONGER_CHARGED: _("Judged anew since it was settled: no fee is due."),
}
TO_SETTLE = {State.OPEN, State.CHANGED}


class MonthForm(AtFacilityForm):
    month = forms.DateField(
        label=_("month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
        validators=[day_of_this_system],
    )


class SettleForm(forms.Form):
    terminal = forms.UUIDField()
    seq = forms.IntegerField(min_value=1)
    amount = forms.IntegerField(min_value=0)
    outcome = forms.ChoiceField(choices=OutcomeWords.choices)
    note = forms.CharField(max_length=NOTE_LENGTH, required=False)

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("outcome") == OutcomeWords.WAIVED and not given.get("note"):
            raise ValidationError(_("Say why the fee is waived."))


@admin.register(Settlement)
class SettlementAdmin(ReceptionAdmin):
    list_display = ("day", "member", "facility", "amount_yen", "outcome", "at", "by", "note")
    list_filter = ("facility", "outcome")
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    date_hierarchy = "day"
    fields = list_display
    pages = (("admin:fees_settlement_month", _("Fees over the limit of a month")),)

    def get_urls(self) -> list[Any]:
        month = self.admin_site.admin_view(self.month_page)
        return [path("month/", month, name="fees_settlement_month"), *super().get_urls()]

    @admin.display(description=_("amount"), ordering="amount")
    def amount_yen(self, settlement: Settlement) -> str:
        return yen(settlement.amount)

    def month_page(self, request: HttpRequest) -> HttpResponse:
        self.check_may_take(request)
        given = request.GET if "month" in request.GET else self._present()
        form = MonthForm(given, label_suffix="")
        rows: list[Row] = []
        if form.is_valid():
            place, month = form.cleaned_data["facility"], form.cleaned_data["month"]
            if request.method == "POST":
                self._settle(request, place)
                return redirect(f"{reverse('admin:fees_settlement_month')}?facility={place.pk}&month={month:%Y-%m}")
            rows = over_limit.month_of(place.pk, month)
        return self.page(
            request,
            "desk/over_limit.html",
            gettext("Fees over the limit of a month"),
            form=form,
            rows=[_shown(row) for row in rows],
            due=yen(sum(row.difference() for row in rows if row.state() in TO_SETTLE)),
            outcomes=OutcomeWords.choices,
            longest=NOTE_LENGTH,
        )

    def _present(self) -> dict[str, Any]:
        facility = Facility.objects.first()
        return {"facility": facility and facility.pk, "month": f"{house_day(timezone.now()):%Y-%m}"}

    def _settle(self, request: HttpRequest, facility: Facility) -> None:
        form = SettleForm(request.POST)
        if not form.is_valid():
            words = (str(word) for errors in form.errors.values() for word in errors)
            self.message_user(request, " ".join(words), messages.ERROR)
            return
        given = form.cleaned_data
        word = Word(OutcomeWords(given["outcome"]), request.user.get_username(), given["note"])
        name = given["terminal"], given["seq"]
        try:
            settlement = over_limit.settle(facility, name, given["amount"], word, timezone.now())
        except NotAsShownError:
            self.message_user(request, gettext("Meanwhile the use is judged otherwise. Look again."), messages.ERROR)
            return
        self.log_change(request, settlement, f"{settlement.get_outcome_display()} {yen(settlement.amount)}")
        self.message_user(request, gettext("Settled: %s") % settlement, messages.SUCCESS)


def _shown(row: Row) -> dict[str, Any]:
    state = row.state()
    return {
        "row": row,
        "amount": "" if row.amount is None else yen(row.amount),
        "settled": "" if row.settlement is None else yen(row.settlement.amount),
        "state": STATES[state],
        "stay": "" if row.stay is None else yen(row.stay.prepaid + (row.stay.overstay or 0)),
        "difference": f"{row.difference():+,}" if state in {State.CHANGED, State.NO_LONGER_CHARGED} else "",
        "to_settle": state in TO_SETTLE,
        "strange": state in {State.CHANGED, State.NO_LONGER_CHARGED, State.NO_PRICE},
    }
