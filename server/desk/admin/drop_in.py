"""Drop-in stays at reception: paid for, begun, and ended with what was stayed longer (A38-A40, A63-A65).

Not in here: what is due and what is recorded (server.fees.stays).
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import EmptyFilter
from server.desk.admin.reception import OncePerPageForm, ReceptionAdmin
from server.desk.bills import rows_of, yen
from server.fees import stays
from server.fees.models import LONGEST_DECLARED, DropInStay, RecordedAlreadyError, VisitorWords
from server.members.models import Member
from visits.bill import Bill
from visits.dropin import ChildAlone, Visitor
from visits.fees import NotInTariff


class BeginForm(OncePerPageForm):
    visitor = forms.ChoiceField(label=_("visitor"), choices=VisitorWords.choices)
    minutes = forms.IntegerField(
        label=_("declared minutes"),
        min_value=1,
        max_value=LONGEST_DECLARED,
        initial=60,
        help_text=_("By the hour begun."),
    )
    member_number = forms.CharField(
        label=_("member number"),
        required=False,
        help_text=_("Only where the visitor is a member: the desk checks them in."),
    )

    def clean_member_number(self) -> Member | None:
        number = self.cleaned_data["member_number"].strip()
        if not number:
            return None
        member = Member.objects.filter(number=number).select_related("home_facility").first()
        if member is None:
            raise forms.ValidationError(_("No member has this number."))
        return member

    def clean(self) -> None:
        """Only the terminals of the home facility know a member."""
        member, facility = self.cleaned_data.get("member_number"), self.cleaned_data.get("facility")
        if member and facility and member.home_facility != facility:
            self.add_error("member_number", _("This member belongs to another facility."))

    def asked(self) -> stays.Asked:
        given = self.cleaned_data
        return stays.Asked(Visitor(given["visitor"]), timedelta(minutes=given["minutes"]))


class EndedFilter(EmptyFilter):
    title = _("whether ended")
    parameter_name = "open"
    field = "ended_at"
    empty = _("not ended")
    filled = _("has ended")


@admin.register(DropInStay)
class DropInStayAdmin(ReceptionAdmin):
    list_display = (
        "begun_at", "who", "facility", "declared_minutes", "prepaid_yen", "paid_until", "ended_at", "overstay_yen", "end"
    )  # fmt: skip
    list_filter = (EndedFilter, "facility")
    list_select_related = ("member", "facility")
    search_fields = ("member__name", "member__kana", "member__number")
    date_hierarchy = "begun_at"
    fields = (
        *("facility", "member", "visitor", "begun_at", "declared_minutes", "paid_until", "prepaid_yen", "taken_by"),
        *("ended_at", "overstay_yen", "ended_by"),
    )
    pages = (("admin:fees_dropinstay_begin", _("Begin a drop-in stay")),)

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("begin/", wrap(self.begin_page), name="fees_dropinstay_begin"),
            path("<int:pk>/end/", wrap(self.end_page), name="fees_dropinstay_end"),
            *super().get_urls(),
        ]

    @admin.display(description=_("visitor"))
    def who(self, stay: DropInStay) -> str:
        return str(stay.member or stay.get_visitor_display())

    @admin.display(description=_("prepaid"), ordering="prepaid")
    def prepaid_yen(self, stay: DropInStay) -> str:
        return yen(stay.prepaid)

    @admin.display(description=_("overstay"), ordering="overstay")
    def overstay_yen(self, stay: DropInStay) -> str:
        return "" if stay.overstay is None else yen(stay.overstay)

    @admin.display(description=_("paid until"))
    def paid_until(self, stay: DropInStay) -> Any:  # noqa: ANN401 - an instant
        return stay.paid_until()

    @admin.display(description="")
    def end(self, stay: DropInStay) -> SafeString | str:
        if stay.ended_at is not None:
            return ""
        return format_html('<a href="{}">{}</a>', reverse("admin:fees_dropinstay_end", args=[stay.pk]), gettext("End"))

    def begin_page(self, request: HttpRequest) -> HttpResponse:
        """First the price is shown; the stay begins when that price was paid."""
        self.check_may_take(request)
        form, due = BeginForm(request.POST or None, label_suffix=""), None
        now = timezone.now()
        if form.is_valid():
            if before := DropInStay.of_page(form.cleaned_data["once"]):
                if "paid" in request.POST:
                    return self._begun(request, before, before=True)
                form.begin_anew()
            try:
                due = stays.due_before(form.cleaned_data["facility"].pk, form.asked(), now)
            except NotInTariff:
                form.add_error("facility", gettext("No drop-in prices are in force here."))
        if isinstance(due, ChildAlone):
            form.add_error("visitor", gettext("Elementary age and under cannot use the space alone."))
        elif due is not None and request.POST.get("paid") == str(due.total):
            given, user = form.cleaned_data, request.user.get_username()
            try:
                stay = stays.begin(
                    given["facility"], given["member_number"], form.asked(), user, now, once=given["once"]
                )
                return self._begun(request, stay, before=False)
            except RecordedAlreadyError as error:
                return self._begun(request, DropInStay.objects.get(pk=error.row.pk), before=True)
            except stays.StayOpenError:
                form.add_error("member_number", gettext("This member has a stay that has not ended."))
        shown = _shown(due) if isinstance(due, Bill) and form.is_valid() else {}
        return self.page(request, "desk/drop_in_begin.html", gettext("Begin a drop-in stay"), form=form, **shown)

    def _begun(self, request: HttpRequest, stay: DropInStay, *, before: bool) -> HttpResponse:
        if not before:
            self.log_addition(request, stay, [{"added": {}}])
        until = timezone.localtime(stay.paid_until())
        words = gettext("The stay has begun. It is paid until %s.") % f"{until:%H:%M}"
        self.recorded(request, words, before=before)
        return redirect("admin:fees_dropinstay_changelist")

    def end_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.check_may_take(request)
        stay = get_object_or_404(DropInStay.objects.select_related("facility", "member"), pk=pk)
        if stay.ended_at is not None:
            return self._ended(request, stay)
        now = timezone.now()
        left_at = stays.left_at(stay, now)
        due = stays.due_on_leaving(stay, left_at)
        if request.method == "POST" and request.POST.get("paid") == str(due.total):
            try:
                ended = stays.end(stay, due.total, request.user.get_username(), now)
                return self._ended(request, ended, log=True)
            except stays.StayEndedError:
                return self._ended(request, DropInStay.objects.get(pk=pk))
            except stays.NotAsTakenError:
                return redirect(request.path)
        shown = {**_shown(due), "stay": stay, "left_at": left_at, "changed": request.method == "POST"}
        return self.page(request, "desk/drop_in_end.html", gettext("End a drop-in stay"), **shown)

    def _ended(self, request: HttpRequest, stay: DropInStay, *, log: bool = False) -> HttpResponse:
        if log:
            self.log_change(request, stay, [{"changed": {"fields": ["ended_at", "overstay"]}}])
        words = gettext("The stay has ended. Overstay: %s") % yen(stay.overstay or 0)
        self.message_user(request, words, messages.SUCCESS)
        return redirect("admin:fees_dropinstay_changelist")


def _shown(due: Bill) -> dict[str, Any]:
    return {"rows": rows_of(due, {}), "total": yen(due.total), "due": due}
