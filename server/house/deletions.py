"""Deletions are changes of the rules too, also those of whole selections, which call no model's `delete`."""

from typing import Any

from django.db.models.signals import pre_delete

from server.house import models
from server.house.number import NumberedRule, record_changes

RULES = (
    models.HouseRules,
    models.YearlyClosure,
    models.Closure,
    models.ChangedDay,
    models.Tariff,
    models.SlotSpace,
    models.Slot,
    models.HourPrice,
    models.DayPrice,
    models.MonthPrice,
    models.ThingPrice,
)


def connect() -> None:
    for kind in RULES:
        pre_delete.connect(_rule_goes, sender=kind)


def _rule_goes(instance: NumberedRule, **_: Any) -> None:  # noqa: ANN401
    record_changes([instance.concerned()])
