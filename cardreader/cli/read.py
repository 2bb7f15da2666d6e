"""`read`: authenticate one card as a terminal does, and say what came of it and what it cost."""

import argparse
import sys
from pathlib import Path

from cardreader.cards import facility_keys
from cardreader.cards.facility_keys import KeysDamaged, KeysExposed, KeysNotInstalled
from cardreader.cli import card_options
from cardreader.cli.answers import Exit, complain, tell
from cardreader.reference import KEY_BYTES
from cardreader.trial import try_card

PUBLIC_PROBE_KEY = b"public probe key: not a secret!!"


def add(parser: argparse.ArgumentParser) -> None:
    card_options.add(parser)
    parser.add_argument(
        "--reference-key-file", type=Path, metavar="FILE", help=f"{KEY_BYTES} bytes or more, used as is"
    )
    parser.add_argument("--facility-keys", type=Path, metavar="FILE", help="try the facility's own cards too")
    parser.add_argument("--json", action="store_true", help="as always: the answer is one JSON object in any case")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    try:
        with card_options.typed_pin() as pin:
            key = _reference_key(options.reference_key_file)
            facility = facility_keys.load(options.facility_keys) if options.facility_keys else None
            with card_options.opened_reader(options) as reader:
                trial = try_card(reader, pin, key, wait_seconds=options.wait, facility=facility)
    except (OSError, ValueError, KeysNotInstalled, KeysExposed, KeysDamaged) as error:
        return complain(Exit.USAGE, str(error))
    tell(trial.report, as_json=True)
    return Exit.DONE if trial.passed else Exit.REFUSED


def _reference_key(path: Path | None) -> bytes:
    if path is None:
        sys.stderr.write("warning: no --reference-key-file: card_ref is made with the public probe key\n")
        return PUBLIC_PROBE_KEY
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise ValueError(f"{path} holds {len(key)} bytes, at least {KEY_BYTES} are needed")
    return key
