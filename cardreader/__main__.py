"""The command line of the card layer: look at readers, try one card, put a simulated card into a virtual reader.

Standard output carries the answer (one JSON object for `read`), standard error one sentence about what is wrong.
Exit codes: 0 done, 2 wrong usage, 3 the card was refused, 4 no working reader, 5 no card that answers.
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cardreader.drivers import Driver, open_reader
from cardreader.errors import CardError, ReaderError
from cardreader.pin import Pin
from cardreader.probe import Findings, probe
from cardreader.reference import KEY_BYTES
from cardreader.simulated.folder import member_credential
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.vpcd import VpcdPlug
from cardreader.trial import try_card, type_from_stdin

DONE, USAGE, REFUSED, NO_READER, NO_CARD = 0, 2, 3, 4, 5
PUBLIC_PROBE_KEY = b"public probe key: not a secret!!"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "probe":
                return _probe(as_json=options.json)
            case "read":
                return _read(options)
            case _:
                return _simulate(options)
    except ReaderError as error:
        return _fail(NO_READER, str(error))
    except CardError as error:
        return _fail(NO_CARD, str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cardreader")
    commands = parser.add_subparsers(dest="command", required=True)

    look = commands.add_parser("probe", help="the connected readers and what is on them")
    look.add_argument("--json", action="store_true")

    read = commands.add_parser("read", help="authenticate one card and print the result as JSON")
    read.add_argument("--driver", choices=[Driver.PCSC.value], default=Driver.PCSC.value)
    read.add_argument("--reader", default="", metavar="NAME", help="part of the reader's name (default: any)")
    read.add_argument("--pin-stdin", action="store_true", required=True, help="the PIN is the first line of the input")
    read.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="for a card to come (default: 0)")
    read.add_argument("--reference-key-file", type=Path, metavar="FILE", help=f"{KEY_BYTES} bytes or more, used as is")

    simulate = commands.add_parser("simulate", help="keep a simulated card in a virtual reader until stopped")
    simulate.add_argument("--vpcd", type=int, required=True, metavar="PORT", help="where vpcd listens (Debian: 35963)")
    simulate.add_argument("--pin", required=True, help="of the simulated card: four digits")
    simulate.add_argument("--member", default="test", metavar="NAME", help="the same name is the same card")
    simulate.add_argument("--cards", type=Path, default=Path("build/cards"), metavar="DIR")
    return parser


def _probe(*, as_json: bool) -> int:
    findings = probe()
    _say(json.dumps(_as_json(findings)) if as_json else _as_text(findings))
    return NO_READER if findings.problem else DONE


def _as_json(findings: Findings) -> dict[str, object]:
    problem = findings.problem
    return {
        "readers": [{"name": name, "found": found.value} for name, found in findings.readers.items()],
        "problem": problem.value if problem else None,
        "advice": problem.advice if problem else None,
    }


def _as_text(findings: Findings) -> str:
    if findings.problem:
        return findings.problem.advice
    return "\n".join(f"{name}: {found.value.replace('_', ' ')}" for name, found in findings.readers.items())


def _read(options: argparse.Namespace) -> int:
    with Pin() as pin:
        try:
            type_from_stdin(pin)
            key = _reference_key(options.reference_key_file)
        except (OSError, ValueError) as error:
            return _fail(USAGE, str(error))
        reader = open_reader(options.driver, options.reader)
        try:
            trial = try_card(reader, pin, key, wait_seconds=options.wait)
        finally:
            reader.close()
    _say(json.dumps(trial.report))
    return DONE if trial.passed else REFUSED


def _reference_key(path: Path | None) -> bytes:
    if path is None:
        sys.stderr.write("warning: no --reference-key-file: card_ref is made with the public probe key\n")
        return PUBLIC_PROBE_KEY
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise ValueError(f"{path} holds {len(key)} bytes, at least {KEY_BYTES} are needed")
    return key


def _simulate(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        card = JpkiCard(member_credential(options.cards, options.member, datetime.now(UTC)), options.pin)
        plug = VpcdPlug(card, options.vpcd)
        plug.insert()
    except ValueError as error:
        return _fail(USAGE, str(error))
    except OSError as error:
        return _fail(NO_READER, f"the card cannot be put into the virtual reader at port {options.vpcd}: {error}")
    try:
        _say(f"the card of {options.member} is in the virtual reader at port {options.vpcd}")
        plug.wait_ended()
    except KeyboardInterrupt:
        plug.remove()
        return DONE
    return _fail(NO_READER, "the virtual reader let go of the card")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _fail(code: int, sentence: str) -> int:
    sys.stderr.write(f"cardreader: {sentence}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
