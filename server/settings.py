"""Django's settings, all of them from the environment, with defaults that suit one machine and its own SQLite file.

CHECKIN_SERVER_DATA (directory of database and keys), DATABASE_URL (PostgreSQL), CHECKIN_SERVER_HOSTS (names it answers
to, comma separated), CHECKIN_SERVER_TLS=1 (behind a proxy that ends TLS and sets X-Forwarded-Proto),
CHECKIN_SERVER_PROXIES (how many proxies in front tell the client's address), CHECKIN_SERVER_TERMINAL_RATE and
CHECKIN_SERVER_ADDRESS_RATE (requests in ten seconds), CHECKIN_SERVER_PRODUCTION=1 (refuses demonstration data),
CHECKIN_SERVER_DEBUG=1. Not in here: secrets.
"""

import os
from pathlib import Path

import dj_database_url
from django.utils.functional import SimpleLazyObject

from server.keyfile import load_or_create

PACKAGE = Path(__file__).parent


def _switch(name: str) -> bool:
    return os.environ.get(name, "") == "1"


DATA = Path(os.environ.get("CHECKIN_SERVER_DATA", PACKAGE.parent / "build" / "server")).absolute()
PRODUCTION = _switch("CHECKIN_SERVER_PRODUCTION")
DEBUG = _switch("CHECKIN_SERVER_DEBUG")
BEHIND_TLS = _switch("CHECKIN_SERVER_TLS")
ALLOWED_HOSTS = os.environ.get("CHECKIN_SERVER_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# Made when first asked for, not when this module is imported by a tool that only wants to read it.
SECRET_KEY = SimpleLazyObject(lambda: load_or_create(DATA / "secret_key", size=32).hex())
CARD_REFERENCE_KEY_FILE = DATA / "card_reference_key"

INSTALLED_APPS = [
    "server.desk.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "server.terminals.apps.TerminalsConfig",
    "server.members.apps.MembersConfig",
    "server.ledger.apps.LedgerConfig",
    "server.house.apps.HouseConfig",
    "server.fees.apps.FeesConfig",
    "server.feed.apps.FeedConfig",
    "server.desk.apps.DeskConfig",
]
MIDDLEWARE = [
    "server.edge.RequestLog",
    "server.api.problems.ProblemsUnderApi",
    "django.middleware.security.SecurityMiddleware",
    "server.edge.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{DATA / 'server.sqlite3'}", conn_health_checks=True)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A process has many threads, most of them waiting: without a pool each would keep a connection of its own.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 16, "timeout": 20}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["ENGINE"] = "server.fixed_sqlite"
    # A delivery that was acknowledged must survive a power cut: the terminal may forget it from then on. Writers take
    # their lock at once, because a transaction that begins by reading cannot wait for another writer later.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"

# Counted by each process for itself: what all of them let through is so many times that.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}
RATES = {
    "terminal": int(os.environ.get("CHECKIN_SERVER_TERMINAL_RATE", "300")),
    "address": int(os.environ.get("CHECKIN_SERVER_ADDRESS_RATE", "100")),
}
NINJA_NUM_PROXIES = int(os.environ.get("CHECKIN_SERVER_PROXIES", "0"))

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "server.edge.NamelessFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # Says "Not Found: /path" for every refusal; the request log has the status already.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "server": {"handlers": ["stderr"], "level": "INFO", "propagate": True},
    },
}
