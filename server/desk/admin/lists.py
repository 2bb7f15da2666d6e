"""What the console's lists have in common: some only to be looked at, and filters by whether a thing has happened.

Not in here: who may look (Django's permissions).
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from server.desk.days import day_of_this_system

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Field
    from django.utils.functional import _StrPromise


DAYS: "Mapping[type[Field[Any, Any]], Mapping[str, Any]]" = {models.DateField: {"validators": [day_of_this_system]}}


class DeskAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # no generic at run time
    formfield_overrides = DAYS
    list_per_page = 50
    show_full_result_count = False


class ReadOnlyAdmin(DeskAdmin):
    """Facts and what follows from them are not edited, by nobody."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ANN401
        del request, obj
        return False


class EmptyFilter(admin.SimpleListFilter):
    """By whether `field` is empty."""

    field: ClassVar[str]
    empty: ClassVar["_StrPromise"]
    filled: ClassVar["_StrPromise"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        del request, model_admin
        return [("yes", self.empty), ("no", self.filled)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == "yes"})
