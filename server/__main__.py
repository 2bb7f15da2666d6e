"""`python -m server [--listen HOST:PORT] [--data DIR]` serves; `python -m server [...] manage COMMAND` is Django's manage.

Serving brings the database up to date, makes the group of reception where it is missing, and collects the static files first. Not in here: settings, TLS (a proxy's job).
"""

import argparse
import os
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, cast

import django
from django.core.management import call_command, execute_from_command_line
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

WORKERS = 2
THREADS = 64
"""Most of them wait for news (server.api.feed_routes.SEATS) and cost a stack."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Does not keep a stopping server for those who wait for news, whether it is told to stop or left alone."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        _let_the_waiting_go()

    def is_parent_alive(self) -> bool:
        alive = bool(super().is_parent_alive())
        if not alive:
            _let_the_waiting_go()
        return alive


def _let_the_waiting_go() -> None:
    # Only after the application was loaded: Django's settings come with it.
    if (routes := sys.modules.get("server.api.feed_routes")) is not None:
        routes.waiting_room.close()


class Gunicorn(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn with its settings given here instead of on a command line."""

    def __init__(self, listen: str) -> None:
        self._listen = listen
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": self._listen,
            "worker_class": Worker,
            "workers": WORKERS,
            "threads": THREADS,
            "control_socket_disable": True,
            "proc_name": "checkin-server",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIHandler":
        # Built in each worker, after the fork: database connections must not be shared.
        from server.wsgi import application  # noqa: PLC0415

        return application


def main(arguments: list[str]) -> None:
    own, manage = _split(arguments)
    parser = argparse.ArgumentParser(prog="python -m server", epilog="... manage COMMAND runs a Django command")
    parser.add_argument("--listen", default="127.0.0.1:8000", metavar="HOST:PORT", help="default %(default)s")
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory of database and keys")
    options = parser.parse_args(own)
    if options.data is not None:
        os.environ["CHECKIN_SERVER_DATA"] = str(options.data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
    os.umask(0o077)
    _prepare_data_directory()
    if manage is None:
        _serve(cast("str", options.listen))
    else:
        execute_from_command_line(["python -m server manage", *manage])


def _split(arguments: list[str]) -> tuple[list[str], list[str] | None]:
    if "manage" not in arguments:
        return arguments, None
    at = arguments.index("manage")
    return arguments[:at], arguments[at + 1 :]


def _prepare_data_directory() -> None:
    from django.conf import settings  # noqa: PLC0415 - reads the environment set above

    settings.DATA.mkdir(parents=True, exist_ok=True)


def _serve(listen: str) -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("make_reception_group", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    _forget_connections()
    Gunicorn(listen).run()


def _forget_connections() -> None:
    """The workers are forks of this process, and must not inherit its connections or its pool of them."""
    from django.db import connections  # noqa: PLC0415 - reads the settings
    from django.db.backends.postgresql.base import DatabaseWrapper  # noqa: PLC0415 - as above

    for connection in connections.all():
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()


if __name__ == "__main__":
    main(sys.argv[1:])
