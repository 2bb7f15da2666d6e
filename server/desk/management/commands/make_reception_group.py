"""`manage make_reception_group`: the group that accounts of reception are put into. Serving makes it too, where it is missing.

One that is there stays as it is: whoever runs the house may have given it other rights.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

NAME = "受付 Reception"
RIGHTS = {
    "fees": (
        *("add_dropinstay", "view_dropinstay", "add_parkingvoucher", "view_parkingvoucher"),
        *("add_parkingdiscount", "view_parkingdiscount", "add_settlement", "view_settlement"),
    ),
    "ledger": ("view_visit", "view_presentvisit", "add_correction", "view_correction"),
    "members": ("view_member", "view_membership", "view_cardlink", "view_organisation"),
}
"""By application: neither members nor rules nor prices are changed with them."""


class Command(BaseCommand):
    help = f"Makes the group “{NAME}” with the rights that reception works with; one that is there stays as it is."

    def handle(self, *_: object, **options: Any) -> None:  # noqa: ANN401 - Django's
        made = _make()
        if options["verbosity"]:
            self.stdout.write(f"{NAME}: {'made' if made else 'is there'}")


@transaction.atomic
def _make() -> bool:
    group, made = Group.objects.get_or_create(name=NAME)
    if made:
        for application, rights in RIGHTS.items():
            group.permissions.add(
                *(Permission.objects.get(content_type__app_label=application, codename=right) for right in rights)
            )
    return made
