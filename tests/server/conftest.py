"""A server of its own for every test: empty database, fresh keys, nothing in the checkout."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from machine.signing_terminal import SigningTerminal
from server.terminals.models import Facility


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.SECRET_KEY = "for tests only"
    settings.CARD_REFERENCE_KEY_FILE = tmp_path / "card_reference_key"
    settings.STATIC_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.PRODUCTION = False
    cache.clear()


@pytest.fixture
def facility(db: None) -> Facility:
    return Facility.objects.create(name="みどり町コワーキング", shows_names=True)


@pytest.fixture
def terminal(facility: Facility) -> SigningTerminal:
    return SigningTerminal.enrolled_at(facility, "入室機")


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("desk"))
    return client
