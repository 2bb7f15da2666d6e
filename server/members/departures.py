"""Deletions are roster changes too, also those of whole selections, which call no model's `delete`."""

from typing import Any

from django.db.models.signals import pre_delete

from server.members.models import CardLink, Member, Membership
from server.members.roster_change import record_change


def connect() -> None:
    pre_delete.connect(_member_leaves, sender=Member)
    pre_delete.connect(_card_leaves, sender=CardLink)
    pre_delete.connect(_membership_ends, sender=Membership)


def _member_leaves(instance: Member, **_: Any) -> None:  # noqa: ANN401
    record_change(instance.home_facility_id, instance.pk)


def _card_leaves(instance: CardLink, **_: Any) -> None:  # noqa: ANN401
    record_change(instance.member.home_facility_id, instance.member_id)


def _membership_ends(instance: Membership, **_: Any) -> None:  # noqa: ANN401
    record_change(instance.member.home_facility_id, instance.member_id)
