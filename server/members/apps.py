"""The application's name for Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "server.members"
    verbose_name = _("Members")

    def ready(self) -> None:
        from server.members import departures  # noqa: PLC0415 - models exist only from here on

        departures.connect()
