"""The application's name for Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HouseConfig(AppConfig):
    name = "server.house"
    verbose_name = _("Rules and prices")

    def ready(self) -> None:
        from server.house import deletions  # noqa: PLC0415 - models exist only from here on

        deletions.connect()
