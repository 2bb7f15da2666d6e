"""Fuzzes the card layer for as long as it is told to: each property of the suite's fuzz specifications in turn.

With atheris the inputs follow what the code does with them, without it they are only random. An input that breaks a
property is left in build/fuzz/ and its traceback on standard error.
"""

import importlib
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

MODULES = ("test_fuzz_cards", "test_fuzz_parsers")
FINDINGS = Path("build/fuzz")

_LONGEST_INPUT = 8192
_FIRST_INPUTS = 16

Target = Callable[[bytes], bytes | None]


def targets() -> dict[str, Target]:
    """The properties, by `module:function`."""
    found: dict[str, Target] = {}
    for name in MODULES:
        for function, value in vars(importlib.import_module(name)).items():
            if function.startswith("test_") and hasattr(value, "hypothesis"):
                found[f"{name}:{function}"] = value.hypothesis.fuzz_one_input
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) == 2:
        return _fuzz_one(arguments[0], float(arguments[1]))
    names = list(targets())
    each = max(float(arguments[0]) / len(names), 1)
    _say(f"{len(names)} properties, {each:.0f} s each, {'atheris' if _guided() else 'random inputs'}")
    broken = [name for name in names if _in_a_process(name, each)]
    _say(f"{', '.join(broken) or 'nothing'} broken")
    return 1 if broken else 0


def _in_a_process(name: str, seconds: float) -> int:
    # atheris ends its process, and a crash in a library would end this one.
    _say(name)
    return subprocess.run([sys.executable, "-m", "machine.fuzzing", name, str(seconds)], check=False).returncode


def _fuzz_one(name: str, seconds: float) -> int:
    FINDINGS.mkdir(parents=True, exist_ok=True)
    return _with_atheris(name, seconds) if _guided() else _with_dice(name, seconds)


def _guided() -> bool:
    return find_spec("atheris") is not None


def _with_atheris(name: str, seconds: float) -> int:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["cardreader"]):
        target = targets()[name]
    limits = [f"-max_total_time={seconds:.0f}", f"-max_len={_LONGEST_INPUT}", "-len_control=0", "-verbosity=0"]
    atheris.Setup(
        [name, *limits, f"-artifact_prefix={FINDINGS}/", str(_corpus(name))], lambda octets: _run(target, octets)
    )
    atheris.Fuzz()
    return 0


def _corpus(name: str) -> Path:
    """Grows from run to run; hypothesis needs long inputs to begin with."""
    folder = FINDINGS / "corpus" / name.partition(":")[2]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_FIRST_INPUTS):
        (folder / f"first-{number}").write_bytes(secrets.token_bytes(_LONGEST_INPUT))
    return folder


def _run(target: Target, octets: bytes) -> None:
    target(octets)


def _with_dice(name: str, seconds: float) -> int:
    target = targets()[name]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        octets = secrets.token_bytes(secrets.randbelow(_LONGEST_INPUT))
        try:
            target(octets)
        except BaseException:
            (FINDINGS / f"{name.partition(':')[2]}.bin").write_bytes(octets)
            raise
    return 0


def _say(what: str) -> None:
    sys.stdout.write(f"[fuzz] {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
