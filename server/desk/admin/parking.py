"""Parking at reception: who is leaving, the voucher or discount that is due, and that it was handed out (A49-A54, C31).

Not in here: what is due and what is kept (server.fees.parking).
"""

from collections.abc import Sized
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.reception import OncePerPageForm, ReceptionAdmin
from server.fees import parking
from server.fees.models import (
    LONGEST_PARKED,
    OccasionWords,
    ParkingDiscount,
    ParkingVoucher,
    PurposeWords,
    ReasonWords,
    RecordedAlreadyError,
)
from server.ledger.models import Visit
from server.terminals.models import Facility
from visits.parking import AllDay, Occasion, Parked, Purpose
from visits.tariff import MAX_PRICE

_MINUTE = timedelta(minutes=1)


class VoucherForm(OncePerPageForm):
    purpose = forms.ChoiceField(label=_("purpose"), choices=PurposeWords.choices)
    registered = forms.BooleanField(
        label=_("a member of any kind, drop-in included"), required=False, help_text=_("Decides for meeting spaces.")
    )
    used = forms.IntegerField(
        label=_("minutes in the house"),
        min_value=0,
        max_value=LONGEST_PARKED,
        help_text=_("For a seminar's participant those of the seminar."),
    )
    parked = forms.IntegerField(label=_("minutes parked"), min_value=0, max_value=LONGEST_PARKED)
    again = forms.BooleanField(label=_("once more for the same visit"), required=False)

    def __init__(self, *args: Any, visit: Visit | None, before: Sized, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Asks for nothing that a visit, or its having no voucher yet, already says."""
        super().__init__(*args, **kwargs)
        if visit is not None:
            del self.fields["facility"]
        if not before:
            del self.fields["again"]

    def asked(self) -> Parked:
        given = self.cleaned_data
        return Parked(
            Purpose(given["purpose"]),
            given["used"] * _MINUTE,
            given["parked"] * _MINUTE,
            registered=given["registered"],
        )


class DiscountForm(OncePerPageForm):
    occasion = forms.ChoiceField(label=_("occasion"), choices=OccasionWords.choices)
    purchased = forms.IntegerField(
        label=_("purchased at once, yen"), min_value=0, max_value=MAX_PRICE, initial=0, help_text=_("Tax included.")
    )


@admin.register(ParkingVoucher)
class ParkingVoucherAdmin(ReceptionAdmin):
    list_display = ("at", "member", "facility", "purpose", "parked_minutes", "minutes", "charged_minutes", "again")
    list_filter = ("facility", "purpose")
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    date_hierarchy = "at"
    fields = (
        *("facility", "member", "purpose", "registered", "used_minutes", "parked_minutes"),
        *("minutes", "charged_minutes", "reason", "again", "at", "issued_by"),
    )
    pages = (
        ("admin:fees_parkingvoucher_leaving", _("Who is leaving")),
        ("admin:fees_parkingvoucher_hand_out", _("Voucher without a visit")),
    )

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("leaving/", wrap(self.leaving_page), name="fees_parkingvoucher_leaving"),
            path("hand-out/", wrap(self.hand_out_page), name="fees_parkingvoucher_hand_out"),
            *super().get_urls(),
        ]

    def leaving_page(self, request: HttpRequest) -> HttpResponse:
        self.check_may_take(request)
        facilities = list(Facility.objects.all())
        asked = request.GET.get("facility", "")
        facility = next((each for each in facilities if str(each.pk) == asked), next(iter(facilities), None))
        leaving = [] if facility is None else parking.leaving(facility.pk, timezone.now())
        return self.page(
            request,
            "desk/leaving.html",
            gettext("Who is leaving"),
            facilities=facilities,
            facility=facility,
            leaving=[(each, each.used // _MINUTE) for each in leaving],
        )

    def hand_out_page(self, request: HttpRequest) -> HttpResponse:
        """First the result is shown with its reason; the voucher is handed out when that result was seen."""
        self.check_may_take(request)
        now = timezone.now()
        visit = self._visit(request)
        before = () if visit is None else parking.vouchers_for(visit)
        form = VoucherForm(
            request.POST or None, label_suffix="", initial=_filled_in(visit, now), visit=visit, before=before
        )
        context: dict[str, Any] = {"form": form, "visit": visit, "before": before}
        if not form.is_valid():
            return self.page(request, "desk/hand_out.html", gettext("Parking voucher"), **context)
        if earlier := ParkingVoucher.of_page(form.cleaned_data["once"]):
            if "seen" in request.POST:
                return self._handed_out(request, earlier, before=True)
            form.begin_anew()
        place = form.cleaned_data["facility"] if visit is None else visit.facility
        asked = form.asked()
        due = parking.due(place.pk, asked, now)
        context |= {"due": due, "reason": ReasonWords(due.reason.value).label}
        if due.minutes and request.POST.get("seen") == str(due.minutes):
            user, given = request.user.get_username(), form.cleaned_data
            try:
                handed = parking.hand_out(
                    visit or place, asked, user, now, again=given.get("again", False), once=given["once"]
                )
            except RecordedAlreadyError as error:
                return self._handed_out(request, ParkingVoucher.objects.get(pk=error.row.pk), before=True)
            except parking.HandedOutError:
                form.add_error(
                    "again" if before else None,
                    gettext("A voucher was handed out for this visit. Tick here for one more."),
                )
            else:
                return self._handed_out(request, handed, before=False)
        return self.page(request, "desk/hand_out.html", gettext("Parking voucher"), **context)

    def _handed_out(self, request: HttpRequest, voucher: ParkingVoucher, *, before: bool) -> HttpResponse:
        if not before:
            self.log_addition(request, voucher, [{"added": {}}])
        words = gettext("A voucher for %d minutes was handed out.") % voucher.minutes
        self.recorded(request, words, before=before)
        return redirect(f"{reverse('admin:fees_parkingvoucher_leaving')}?facility={voucher.facility_id}")

    def _visit(self, request: HttpRequest) -> Visit | None:
        pk = request.GET.get("visit", "")
        rows = Visit.objects.select_related("member", "facility", "first_terminal")
        return get_object_or_404(rows, pk=pk) if pk.isdecimal() else None


@admin.register(ParkingDiscount)
class ParkingDiscountAdmin(ReceptionAdmin):
    list_display = ("at", "facility", "occasion", "purchased", "how_long", "given_by")
    list_filter = ("facility", "occasion")
    list_select_related = ("facility",)
    date_hierarchy = "at"
    fields = list_display
    pages = (("admin:fees_parkingdiscount_give", _("Parking discount")),)

    def get_urls(self) -> list[Any]:
        give = self.admin_site.admin_view(self.give_page)
        return [path("give/", give, name="fees_parkingdiscount_give"), *super().get_urls()]

    @admin.display(description=_("discount"))
    def how_long(self, discount: ParkingDiscount) -> str:
        return _in_words(AllDay.ALL_DAY if discount.hours is None else discount.hours)

    def give_page(self, request: HttpRequest) -> HttpResponse:
        """As with vouchers, what is due is seen before it is given."""
        self.check_may_take(request)
        form = DiscountForm(request.POST or None, label_suffix="")
        context: dict[str, Any] = {"form": form}
        if form.is_valid():
            given, now = form.cleaned_data, timezone.now()
            if earlier := ParkingDiscount.of_page(given["once"]):
                if "seen" in request.POST:
                    return self._given(request, earlier, before=True)
                form.begin_anew()
            occasion = Occasion(given["occasion"])
            due = parking.discount_due(given["facility"].pk, occasion, given["purchased"], now)
            if due and request.POST.get("seen") == str(due):
                user = request.user.get_username()
                try:
                    row = parking.give_discount(
                        given["facility"], occasion, given["purchased"], user, now, once=given["once"]
                    )
                except RecordedAlreadyError as error:
                    return self._given(request, ParkingDiscount.objects.get(pk=error.row.pk), before=True)
                return self._given(request, row, before=False)
            context |= {"due": due, "words": _in_words(due), "judged": True}
        return self.page(request, "desk/give_discount.html", gettext("Parking discount"), **context)

    def _given(self, request: HttpRequest, discount: ParkingDiscount, *, before: bool) -> HttpResponse:
        if not before:
            self.log_addition(request, discount, [{"added": {}}])
        words = gettext("The discount was given: %s") % self.how_long(discount)
        self.recorded(request, words, before=before)
        return redirect("admin:fees_parkingdiscount_changelist")


def _filled_in(visit: Visit | None, now: datetime) -> dict[str, Any]:
    if visit is None:
        return {}
    return {"registered": True, "used": parking.used(visit, now) // _MINUTE}


def _in_words(discount: int | AllDay) -> str:
    if isinstance(discount, AllDay):
        return gettext("the whole day")
    return gettext("%d h") % discount
