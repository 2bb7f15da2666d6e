"""The console as a site: its title, and its first page, which says what is happening now.

Not in here: what each list and form shows (admin).
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Console(admin.AdminSite):
    site_title = site_header = _("Reception console")
    index_title = _("Today at the desk")
    index_template = "desk/index.html"
    enable_nav_sidebar = False
    site_url = None

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from server.desk.overview import overview  # noqa: PLC0415 - a site exists before the models do

        return super().index(request, {**(extra_context or {}), "overview": overview(timezone.now())})
