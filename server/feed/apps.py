"""The application's name for Django; it has triggers and no tables."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "server.feed"
