"""`link`: whether a card could be linked: proven, issued by an installed authority, not revoked. Nothing is linked here.

The answer names neither holder nor certificate: no serial number, and not the end of validity, which is a birthday.
"""

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import Certificate

from cardreader.authorities import Trust, UnusableAuthority, load_authorities
from cardreader.cards.jpki import Refused
from cardreader.cli import card_options
from cardreader.cli.answers import Exit, complain, tell
from cardreader.linking import Distrusted, Linkable, Presented, judge, present
from cardreader.revocation.folder import ListFolder
from cardreader.revocation.http import HttpPost, Limits
from cardreader.revocation.ocsp import Responder
from cardreader.revocation.source import NoSource, RevocationSource
from cardreader.trial import CHALLENGE_BYTES, held_card


def add(parser: argparse.ArgumentParser) -> None:
    card_options.add(parser)
    card_options.add_json(parser)
    parser.add_argument(
        "--authorities", type=Path, required=True, metavar="DIR", help="certificates of the authorities"
    )
    parser.add_argument("--tests-allowed", action="store_true", help="also authorities that say TEST in their name")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--crl-folder", type=Path, metavar="DIR", help="revocation lists")
    source.add_argument("--ocsp", metavar="URL", help="of a revocation responder")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    try:
        authorities = load_authorities(options.authorities)
        with (
            card_options.typed_pin() as pin,
            card_options.opened_reader(options) as reader,
            held_card(reader, options.wait) as card,
        ):
            challenge, now = secrets.token_bytes(CHALLENGE_BYTES), datetime.now(UTC)
            presented = present(card, pin, challenge=challenge, now=now, last_try_allowed=False)
    except (UnusableAuthority, ValueError) as error:
        return complain(Exit.USAGE, str(error))
    report = _judged(presented, options, authorities, now)
    tell(report, as_json=options.json)
    return Exit.DONE if "linkable" in report else Exit.REFUSED


def _judged(
    presented: Presented | Refused, options: argparse.Namespace, authorities: tuple[Certificate, ...], now: datetime
) -> dict[str, object]:
    if isinstance(presented, Refused):
        return {"refused": presented.reason.value, "tries_left": presented.tries_left}
    trust = Trust(authorities, tests_allowed=options.tests_allowed)
    match judge(presented, trust, _source(options, authorities), now):
        case Distrusted(reason):
            return {"distrusted": reason.value}
        case Linkable(authority=authority, revocation=revocation):
            return {"linkable": True, "authority": authority.hex(), "revocation": revocation.value}


def _source(options: argparse.Namespace, authorities: tuple[Certificate, ...]) -> RevocationSource:
    if options.ocsp:
        return Responder(HttpPost(options.ocsp, Limits()), secrets.token_bytes)
    if options.crl_folder:
        folder = ListFolder(options.crl_folder, authorities)
        folder.refresh()
        return folder
    return NoSource()
