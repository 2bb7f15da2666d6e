"""Whoever had an organisation becomes its corporate member, from before the house's first day; schools are told by staff."""

from datetime import date
from typing import Any

from django.db import migrations

AGES_AGO = date(2000, 1, 1)


def belong(apps: Any, _: Any) -> None:
    members = apps.get_model("members", "Member").objects.filter(organisation__isnull=False).order_by("pk")
    kept = apps.get_model("members", "Membership").objects
    rows = members.values_list("pk", "organisation").iterator(chunk_size=2000)
    kept.bulk_create(
        [kept.model(member_id=pk, kind="corporate", organisation_id=through, first=AGES_AGO) for pk, through in rows],
        batch_size=2000,
    )


def belong_no_more(apps: Any, _: Any) -> None:
    """The earlier version knows one organisation of each member: the last one."""
    members = apps.get_model("members", "Member").objects
    through = apps.get_model("members", "Membership").objects.filter(organisation__isnull=False).order_by("first")
    for member, organisation in through.values_list("member", "organisation"):
        members.filter(pk=member).update(organisation=organisation)


class Migration(migrations.Migration):
    dependencies = [("members", "0002_memberships")]
    operations = [migrations.RunPython(belong, belong_no_more)]
