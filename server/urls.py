"""Which address leads where."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from server.api.v1 import api
from server.desk.admin.quotes import quote_page

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("console/quote/", admin.site.admin_view(quote_page), name="quote"),
    path("console/", admin.site.urls),
    path("api/v1/", api.urls),
]
