"""`demo_data`: an invented facility to try things with; says what it made as JSON. Never on a production server."""

import argparse
import binascii
import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from server.desk.demonstration import card_reference, make_staff, set_up
from server.desk.example_prices import EXAMPLE, set_up_prices
from server.desk.floors import set_up_floors
from server.terminals.models import Facility

REFERENCE_LENGTH = 32


class Command(BaseCommand):
    help = "Makes an invented facility with members, prices, terminals and their enrolment codes; again is no change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.ArgumentDefaultsHelpFormatter
        parser.add_argument("--facility", default="みどり町コワーキング", metavar="NAME")
        parser.add_argument("--terminals", type=int, default=2, metavar="N", help="the first for in, then out, in...")
        parser.add_argument(
            "--floors", action="store_true", help="also the facilities 1F and 9F with opening hours and prices"
        )
        parser.add_argument("--staff", default=os.environ.get("CHECKIN_DEMO_STAFF"), metavar="NAME")
        parser.add_argument("--password", default=os.environ.get("CHECKIN_DEMO_PASSWORD"), help="of the staff account")
        parser.add_argument("--public-keys", type=Path, metavar="FILE", help="JSON: card label -> base64 of DER SPKI")
        parser.add_argument("--cards", type=Path, metavar="FILE", help="JSON: card label -> card reference, 64 hex")
        parser.add_argument("--out", type=Path, metavar="FILE", help="where the JSON goes instead of the screen")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401
        del args
        if settings.PRODUCTION:
            raise CommandError("this server says it is in production (CHECKIN_SERVER_PRODUCTION=1)")
        cards = {**_references(options["cards"]), **_computed(options["public_keys"])}
        made = set_up(options["facility"], options["terminals"], cards, timezone.now())
        set_up_prices(Facility.objects.get(name=options["facility"]), EXAMPLE)
        if options["floors"]:
            made["floors"] = set_up_floors()
        if options["staff"] and options["password"]:
            make_staff(options["staff"], options["password"])
            made["staff"] = options["staff"]
        text = json.dumps(made, ensure_ascii=False, indent=2)
        if options["out"] is None:
            self.stdout.write(text)
        else:
            _write(options["out"], text)


def _references(path: Path | None) -> dict[str, bytes]:
    try:
        references = {label: bytes.fromhex(reference) for label, reference in _read(path).items()}
    except ValueError as error:
        raise CommandError(f"{path}: a card reference is not hexadecimal") from error
    if any(len(reference) != REFERENCE_LENGTH for reference in references.values()):
        raise CommandError(f"{path}: a card reference is not 64 digits")
    return references


def _computed(path: Path | None) -> dict[str, bytes]:
    try:
        return {label: card_reference(key) for label, key in _read(path).items()}
    except binascii.Error as error:
        raise CommandError(f"{path}: a public key is not base64") from error


def _read(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        mapping = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: cannot be read as JSON") from error
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise CommandError(f"{path}: is not an object of strings")
    return mapping


def _write(path: Path, text: str) -> None:
    """For the owner only: enrolment codes are in it."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
