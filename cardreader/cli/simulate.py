"""`simulate`: a simulated card of any kind in a virtual reader, of PC/SC or of nfcpy, until the command is stopped."""

import argparse
import hashlib
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cardreader.cards import facility_keys
from cardreader.cards.desfire import CARD_ID_BYTES
from cardreader.cards.facility_keys import SERIAL_BYTES, KeysDamaged, KeysExposed, KeysNotInstalled
from cardreader.cli import card_options
from cardreader.cli.answers import Exit, complain, say, tell
from cardreader.simulated import foreign_cards, other_cards
from cardreader.simulated.chip import Chip
from cardreader.simulated.desfire_card import DesfireCard, personalised
from cardreader.simulated.folder import member_credential
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.plain_tags import tag_of
from cardreader.simulated.udp_field import UdpField
from cardreader.simulated.vpcd import VpcdPlug

_MY_NUMBER: Final = "my-number"
_PHONE: Final = "phone"
_FACILITY: Final = "facility"
_OTHERS: Final[Mapping[str, Callable[[], Chip]]] = {
    "wallet-phone": foreign_cards.phone_with_wallet,
    "driving-licence": foreign_cards.driving_licence,
    "residence-card": foreign_cards.residence_card,
    "bank-card": foreign_cards.bank_card,
    "transit-card": foreign_cards.transit_card,
    "mifare-classic": foreign_cards.mifare_classic,
    "unknown": foreign_cards.unknown_card,
    "mute": other_cards.MuteCard,
}
KINDS: Final = (_MY_NUMBER, _PHONE, _FACILITY, *_OTHERS)


class Incomplete(Exception):  # noqa: N818 - named for what happened
    """A kind of card needs an option that was not given."""


def add(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--vpcd", type=int, metavar="PORT", help="where vpcd listens (Debian: 35963)")
    where.add_argument("--udp", action="store_true", help="for nfcpy's udp driver; the answer says its path")
    parser.add_argument("--kind", choices=KINDS, default=_MY_NUMBER, help=f"default: {_MY_NUMBER}")
    parser.add_argument("--pin", help=f"of {_MY_NUMBER} and {_PHONE}: four digits")
    parser.add_argument("--member", default="test", metavar="NAME", help="the same name is the same card")
    parser.add_argument("--cards", type=Path, default=Path("build/cards"), metavar="DIR")
    parser.add_argument("--facility-keys", type=Path, metavar="FILE", help=f"of {_FACILITY}")
    card_options.add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    # Also SIGINT: a shell starts what it runs in the background with it ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    try:
        chip = _chip(options)
    except (ValueError, Incomplete, KeysNotInstalled, KeysExposed, KeysDamaged) as error:
        return complain(Exit.USAGE, str(error))
    try:
        if options.udp:
            return _in_the_air(chip, options)
        return _in_vpcd(chip, options)
    except OSError as error:
        place = f"the virtual reader at port {options.vpcd}"
        return complain(Exit.NO_READER, f"the card cannot be put into {place}: {error}")


def _chip(options: argparse.Namespace) -> Chip:
    if make := _OTHERS.get(options.kind):
        return make()
    if options.kind == _FACILITY:
        return _facility_card(options)
    if options.pin is None:
        raise Incomplete(f"--kind {options.kind} needs --pin")
    credential = member_credential(options.cards, options.member, datetime.now(UTC))
    if options.kind == _PHONE:
        return other_cards.phone(credential, options.pin)
    return JpkiCard(credential, options.pin)


def _facility_card(options: argparse.Namespace) -> DesfireCard:
    if options.facility_keys is None:
        raise Incomplete(f"--kind {_FACILITY} needs --facility-keys")
    keys = facility_keys.load(options.facility_keys)
    digest = hashlib.sha256(options.member.encode()).digest()
    return DesfireCard(personalised(keys, digest[-SERIAL_BYTES:], digest[:CARD_ID_BYTES]), secrets.token_bytes)


def _in_vpcd(chip: Chip, options: argparse.Namespace) -> Exit:
    plug = VpcdPlug(chip, options.vpcd)
    plug.insert()
    with _until_stopped(plug.remove):
        _announce(options, f"the virtual reader at port {options.vpcd}")
        plug.wait_ended()
        return complain(Exit.NO_READER, "the virtual reader let go of the card")
    return Exit.DONE


def _in_the_air(chip: Chip, options: argparse.Namespace) -> Exit:
    field = UdpField()
    field.hold(tag_of(chip))
    with _until_stopped(field.close):
        _announce(options, field.path)
        threading.Event().wait()
    return Exit.DONE


@contextmanager
def _until_stopped(clean_up: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        clean_up()


def _announce(options: argparse.Namespace, place: str) -> None:
    if options.json:
        return tell({"kind": options.kind, "place": place}, as_json=True)
    if options.kind in _OTHERS:
        return say(f"a {options.kind} card is in {place}")
    return say(f"the card of {options.member} is in {place}")
