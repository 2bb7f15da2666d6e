"""Deliveries per second: ours beside a store that keeps nothing, and beside the database left alone with the same rows.

`python -m bench.upload sqlite|postgresql`, both syncing to disk at every commit. Requests are handed to the application
in this process, each after the other's answer; the three ways take turns, so that a machine with moods favours none.
Not in here: the network and the terminal's own work.
"""

import logging
import os
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext

import django
from django.core.management import call_command

from machine.postgres import postgres

BATCHES = {1: 60, 10: 40, 100: 20, 500: 12}
ROUNDS = 4
DRAINED = 50_000
GOALS = {"sqlite": ("a store of nothing", 0.5), "postgresql": ("its own set-based insert", 0.7)}


def main(vendor: str) -> None:
    database = postgres(durable=True) if vendor == "postgresql" else nullcontext("")
    with tempfile.TemporaryDirectory() as data, database as url:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "server.settings", "CHECKIN_SERVER_DATA": data, "DATABASE_URL": url}
        if not url:
            del os.environ["DATABASE_URL"]
        django.setup()
        logging.getLogger("server").setLevel(logging.WARNING)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        for size, count in BATCHES.items():
            _compare(vendor, size, count)
        _drain()


def _compare(vendor: str, size: int, count: int) -> None:
    from django.test import Client  # noqa: PLC0415 - the settings must be known before

    from bench.deliveries import deliveries, insert_alone, upload, upload_to_nothing  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    taken: dict[str, list[float]] = {"ours": [], "nothing": [], "alone": []}
    for _ in range(ROUNDS):
        taken["nothing"] += [upload_to_nothing(client, each) for each in deliveries(size, count)]
        taken["alone"] += [insert_alone(each) for each in deliveries(size, count)]
        taken["ours"] += [upload(client, each) for each in deliveries(size, count)]
    rate = {way: size / statistics.median(seconds) for way, seconds in taken.items()}
    print(
        f"{vendor} batch {size:>3}: ours {rate['ours']:>7.0f}/s, a store of nothing {rate['nothing']:>7.0f}/s "
        f"({rate['ours'] / rate['nothing']:.2f}), the database alone {rate['alone']:>7.0f}/s "
        f"({rate['ours'] / rate['alone']:.2f})",
        flush=True,
    )


def _drain() -> None:
    from django.test import Client  # noqa: PLC0415

    from bench.deliveries import deliveries, upload  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    waiting = deliveries(500, DRAINED // 500)
    begun = time.perf_counter()
    worst = max(upload(client, each) for each in waiting)
    taken = time.perf_counter() - begun
    print(
        f"{DRAINED} queued events drained in {taken:.1f} s, {DRAINED / taken:.0f}/s, a batch in {worst * 1000:.0f} ms at most"
    )


if __name__ == "__main__":
    main(sys.argv[1])
