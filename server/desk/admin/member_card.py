"""The page on which the desk links a card to a member by its reference, as the reader's program shows it.

Not in here: what becomes of the cards before (members.cards).
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from server.desk.admin.membership_forms import CardForm
from server.members.cards import CardOfAnotherError, link
from server.members.models import Member

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def card_page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: UUID) -> HttpResponse:
    """For whoever may change members."""
    member = get_object_or_404(Member, pk=pk)
    if not admin.has_change_permission(request, member):
        raise PermissionDenied
    form = CardForm(request.POST or None)
    if form.is_valid() and _linked(admin, request, member, form):
        return HttpResponseRedirect(reverse("admin:members_member_change", args=[pk]))
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": gettext("Link a card"),
        "subtitle": member.name,
        "member": member,
        "form": form,
    }
    return TemplateResponse(request, "desk/card.html", context)


def _linked(admin: "ModelAdmin[Any]", request: HttpRequest, member: Member, form: CardForm) -> bool:
    reference = bytes.fromhex(form.cleaned_data["reference"])
    try:
        card = link(member, reference, timezone.now(), in_place_of_others=form.cleaned_data["in_place_of_others"])
    except CardOfAnotherError as error:
        words = gettext("This card is linked to another member (%(number)s). Unlink it there first.")
        form.add_error("reference", words % {"number": error.member.number})
        return False
    admin.log_change(request, member, [{"added": {"name": "linked card", "object": str(card)}}])
    admin.message_user(request, gettext("The card was linked."))
    return True
