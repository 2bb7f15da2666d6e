"""Members, their organisations and cards, as the desk finds and edits them."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from server.desk.admin.lists import DeskAdmin
from server.desk.admin.trial import trial_page
from server.ledger.models import PresentVisit
from server.members.models import CardLink, Member, Organisation, StandingWords


class CardLinkInline(admin.TabularInline):  # type: ignore[type-arg] # no generic at run time
    """Cards are linked where they can be read; here they can be seen and unlinked."""

    model = CardLink
    fields = readonly_fields = ("short_reference", "linked_at")
    extra = 0

    @admin.display(description=_("card reference"))
    def short_reference(self, card: CardLink) -> str:
        return str(card)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        del request, obj
        return False


@admin.register(Member)
class MemberAdmin(DeskAdmin):
    list_display = ("name", "kana", "number", "standing", "home_facility", "inside")
    list_filter = ("standing", "home_facility")
    search_fields = ("name", "kana", "number", "mail")
    search_help_text = _("Name, reading, member number or mail address")
    list_select_related = ("home_facility",)
    fields = ("number", "name", "kana", "mail", "standing", "standing_reason", "home_facility")
    inlines = (CardLinkInline,)
    actions = ("suspend",)
    change_form_template = "desk/member.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(trial_page, self))
        return [path("<uuid:pk>/tap/", view, name="members_member_tap"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        inside = Exists(PresentVisit.objects.filter(member=OuterRef("pk")))
        members: QuerySet[Member] = super().get_queryset(request).annotate(inside=inside)
        return members

    @admin.display(description=_("inside"), boolean=True, ordering="inside")
    def inside(self, member: Any) -> bool:  # noqa: ANN401 - carries the annotation above
        return bool(member.inside)

    @admin.action(description=_("Suspend the selected members"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """One by one: each is a change of the roster that terminals must hear of (C32)."""
        with transaction.atomic():
            members = list(queryset.exclude(standing__in=(StandingWords.SUSPENDED, StandingWords.ENDED)))
            for member in members:
                member.standing = StandingWords.SUSPENDED
                member.save()
                self.log_change(request, member, [{"changed": {"fields": ["standing"]}}])
        words = ngettext("%d member was suspended.", "%d members were suspended.", len(members))
        self.message_user(request, words % len(members))


@admin.register(Organisation)
class OrganisationAdmin(DeskAdmin):
    list_display = ("name",)
    search_fields = ("name",)
