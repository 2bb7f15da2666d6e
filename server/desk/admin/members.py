"""Members, their organisations, memberships and cards, as the desk finds and edits them.

Not in here: what is done with several members at once (member_actions), and the page that links a card (member_card).
"""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from server.desk.admin.lists import DAYS, DeskAdmin
from server.desk.admin.member_actions import MemberActions
from server.desk.admin.member_card import card_page
from server.desk.admin.member_filters import EndingFilter, KindFilter, OrganisationFilter
from server.desk.admin.membership_forms import MembershipFormSet, about_desk_link
from server.desk.admin.trial import trial_page
from server.ledger.models import PresentVisit
from server.members import changes
from server.members.models import CardLink, Member, Membership, Organisation
from server.members.terms import membership_on
from visits.calendar import house_day


class CardLinkInline(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    """Cards are linked on a page of their own; here they can be seen and unlinked."""

    model = CardLink
    fields = readonly_fields = ("short_reference", "linked_at", "replaced_at")
    extra = 0

    @admin.display(description=_("card reference"))
    def short_reference(self, card: CardLink) -> str:
        return str(card)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        del request, obj
        return False


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    model = Membership
    formset = MembershipFormSet
    formfield_overrides = DAYS
    fields = ("kind", "organisation", "first", "last", "paid_through", "uses_in_month", "days_in_a_row", "conditions")
    autocomplete_fields = ("organisation",)
    extra = 0


@admin.register(Member)
class MemberAdmin(MemberActions):
    list_display = ("name", "kana", "number", "standing", "membership", "home_facility", "inside")
    list_filter = ("standing", KindFilter, OrganisationFilter, EndingFilter, "home_facility")
    search_fields = ("name", "kana", "number", "mail")
    search_help_text = _("Name, reading, member number or mail address")
    list_select_related = ("home_facility",)
    fields = ("number", "name", "kana", "mail", "standing", "standing_reason", "home_facility")
    inlines = (MembershipInline, CardLinkInline)
    change_form_template = "desk/member.html"

    def get_urls(self) -> list[Any]:
        tap, card = (self.admin_site.admin_view(partial(view, self)) for view in (trial_page, card_page))
        return [
            path("<uuid:pk>/tap/", tap, name="members_member_tap"),
            path("<uuid:pk>/card/", card, name="members_member_card"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        inside = Exists(PresentVisit.objects.filter(member=OuterRef("pk")))
        members: QuerySet[Member] = super().get_queryset(request).annotate(inside=inside)
        return members.prefetch_related("memberships__organisation")

    @admin.display(description=_("inside"), boolean=True, ordering="inside")
    def inside(self, member: Any) -> bool:  # noqa: ANN401 - carries the annotation above
        return bool(member.inside)

    @admin.display(description=_("membership"))
    def membership(self, member: Member) -> str:
        """The one in force today."""
        return str(membership_on(member, house_day(timezone.now())) or "")


@admin.register(Organisation)
class OrganisationAdmin(DeskAdmin):
    list_display = ("name", "kind", "registered_on", "refuses_desk_linking")
    list_filter = ("kind", "refuses_desk_linking")
    search_fields = ("name",)
    fields = ("name", "kind", "registered_on", "refuses_desk_linking", "desk_linking")
    readonly_fields = ("desk_linking",)

    @admin.display(description=_("linking its people at the desk"))
    def desk_linking(self, organisation: Organisation) -> str:
        return about_desk_link(changes.needed_at_desk(organisation))
