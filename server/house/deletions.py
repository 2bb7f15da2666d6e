"""Deletions are changes of the rules too, also those of whole selections, which call no model's `delete`."""

from typing import Any

from django.db.models.signals import pre_delete

from server.house.models import ChangedDay, Closure, HouseRules, NumberedRule, YearlyClosure
from server.house.number import record_changes


def connect() -> None:
    for kind in (HouseRules, YearlyClosure, Closure, ChangedDay):
        pre_delete.connect(_rule_goes, sender=kind)


def _rule_goes(instance: NumberedRule, **_: Any) -> None:  # noqa: ANN401
    record_changes([instance.concerned()])
