"""Finding members by the membership that is in force today."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from server.members.models import KindWords, Member, Membership, Organisation
from visits.calendar import house_day

SOON = timedelta(days=30)


def _in_force(day: date) -> QuerySet[Membership]:
    unended = Q(last__isnull=True) | Q(last__gte=day)
    return Membership.objects.filter(unended, member=OuterRef("pk"), first__lte=day).order_by()


class KindFilter(admin.SimpleListFilter):
    title = _("membership")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        del request, model_admin
        return [*KindWords.choices, ("none", _("none in force"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        del request
        kind, in_force = self.value(), _in_force(house_day(timezone.now()))
        if kind is None:
            return queryset
        return queryset.filter(~Exists(in_force) if kind == "none" else Exists(in_force.filter(kind=kind)))


class OrganisationFilter(admin.SimpleListFilter):
    title = _("organisation")
    parameter_name = "organisation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401
        del request, model_admin
        return [(str(key), name) for key, name in Organisation.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        del request
        chosen = Organisation.objects.filter(name=dict(self.lookup_choices).get(self.value() or ""))
        if self.value() is None:
            return queryset
        return queryset.filter(Exists(_in_force(house_day(timezone.now())).filter(organisation__in=chosen)))


class EndingFilter(admin.SimpleListFilter):
    """Those who are to be asked whether they go on: nothing follows what ends."""

    title = _("ending")
    parameter_name = "ending"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        del request, model_admin
        return [("soon", _("within 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        del request
        if self.value() != "soon":
            return queryset
        today = house_day(timezone.now())
        near = (today, today + SOON)
        ending = _in_force(today).filter(Q(last__range=near) | Q(paid_through__range=near))
        following = Membership.objects.filter(member=OuterRef("pk"), first__gt=today)
        return queryset.filter(Exists(ending), ~Exists(following))
