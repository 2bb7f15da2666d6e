"""Every driver there is, as parameters: a contract written once runs on each of them.

With `--reader NAME` and `-s` the contracts that need no particular card also run on that PC/SC reader and ask for a My
Number Card to be held to it and taken away. No PIN is sent to that card.
"""

from collections.abc import Iterator

import pytest

from machine.benches import Bench, HandBench, MachineBench, NfcpyBench, SimulatedBench, VirtualBench
from machine.pcscd import PcscDaemon

MACHINES = ["simulated", "nfcpy", pytest.param("pcscd", marks=pytest.mark.system)]


@pytest.fixture(scope="module")
def daemon() -> Iterator[PcscDaemon]:
    with PcscDaemon() as running:
        yield running


@pytest.fixture(params=[*MACHINES, "hardware"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = _by_hand(request) if request.param == "hardware" else _machine(request)
    yield made
    made.clear()


@pytest.fixture(params=MACHINES)
def machine_bench(request: pytest.FixtureRequest) -> Iterator[MachineBench]:
    """Where a test chooses the card."""
    made = _machine(request)
    yield made
    made.clear()


def _machine(request: pytest.FixtureRequest) -> MachineBench:
    match request.param:
        case "pcscd":
            return VirtualBench(request.getfixturevalue("daemon"))
        case "nfcpy":
            return NfcpyBench()
        case _:
            return SimulatedBench()


def _by_hand(request: pytest.FixtureRequest) -> Bench:
    name = request.config.getoption("--reader")
    if not name:
        pytest.skip("only with --reader NAME")
    return HandBench(name)
