"""The console's applications: Django's admin with our site, and what is drawn around it."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "server.desk.site.Console"


class DeskConfig(AppConfig):
    name = "server.desk"
