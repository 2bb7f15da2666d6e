"""The arrows of the design hold: import-linter's contracts of pyproject.toml, and each of them would catch its breach."""

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grimp import ImportGraph
from importlinter import configuration
from importlinter.application import use_cases
from importlinter.application.app_config import settings

ROOT = Path(__file__).parents[1]
CONTRACTS = str(ROOT / "pyproject.toml")
SESSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

BREACHES = [
    ("the server knows only the rules", "server.urls", "kiosk.settings"),
    ("the server knows only the rules", "server.edge", "sync.envelope"),
    ("the foundations do not look up", "visits.fold", "server.settings"),
    ("the foundations do not look up", "sync.agent", "kiosk.settings"),
    ("the foundations do not know each other", "sync.outbox", "visits.event"),
    ("the foundations do not know each other", "cardreader.watch", "sounds"),
    ("the terminal does not know the server's code", "kiosk.stage", "server.settings"),
    ("the rooms of the terminal lie above each other", "kiosk.flow.machine", "kiosk.storage.visitbook"),
    ("the rooms of the terminal lie above each other", "kiosk.conversation", "kiosk.ui.scene"),
    ("nothing goes round in circles", "visits.member", "visits.decision"),
    ("Kivy is the screen's, and the composition's, which starts it", "kiosk.ui.scene", "kivy"),
    ("Kivy is the screen's, and the composition's, which starts it", "kiosk.conversation", "kivy"),
    ("card libraries are the drivers'", "cardreader.watch", "smartcard"),
    ("card libraries are the drivers'", "kiosk.composition", "nfc"),
    ("HTTP is the transport's, and that of the question whether a card was revoked", "sync.agent", "requests"),
    ("the screen's process does not speak to the network", "kiosk.ui.app", "sync.transport"),
    ("Django is the server's", "visits.event", "django"),
    ("SQLAlchemy is the storage's and the queue's", "kiosk.flow.machine", "sqlalchemy"),
    ("the programs that draw and sing are not part of the terminal", "kiosk.ui.view", "assets.drawing.birds"),
    ("the programs that draw and sing are not part of the terminal", "kiosk.ui.sounds", "sounds.synthesise"),
    ("pure modules do no input and no output, and ask no clock and no dice", "visits.event", "socket"),
    ("pure modules do no input and no output, and ask no clock and no dice", "kiosk.flow.machine", "time"),
    ("pure modules do no input and no output, and ask no clock and no dice", "sync.delivery", "random"),
]


class Built:
    """Stands in for building the graph from the files each time."""

    def __init__(self, graph: ImportGraph) -> None:
        self._graph = graph

    def build(self, **_: object) -> ImportGraph:
        return copy.deepcopy(self._graph)


@pytest.fixture(scope="module")
def graph() -> Iterator[ImportGraph]:
    configuration.configure()
    builder = settings.GRAPH_BUILDER
    yield builder.build(
        root_package_names=SESSION["root_packages"],
        include_external_packages=True,
        exclude_type_checking_imports=False,
        cache_dir=None,
    )
    configuration.configure()


def broken_contracts(graph: ImportGraph) -> set[str]:
    options = use_cases.read_user_options(CONTRACTS)
    use_cases._register_contract_types(options)
    settings.configure(GRAPH_BUILDER=Built(graph))
    report: Any = use_cases.create_report(options, cache_dir=None)
    return {contract.name for contract, check in report.get_contracts_and_checks() if not check.kept}


def test_every_contract_is_kept(graph: ImportGraph) -> None:
    assert broken_contracts(graph) == set()


@pytest.mark.parametrize(("contract", "importer", "imported"), BREACHES, ids=lambda name: name.replace(" ", "_"))
def test_a_breach_is_caught(contract: str, importer: str, imported: str, graph: ImportGraph) -> None:
    breached = copy.deepcopy(graph)
    for module in (importer, imported):
        if module not in breached.modules:
            breached.add_module(module, is_squashed=True)
    breached.add_import(importer=importer, imported=imported, line_number=1, line_contents=f"import {imported}")
    assert contract in broken_contracts(breached)


def test_every_contract_has_a_breach_here() -> None:
    assert {contract for contract, _, _ in BREACHES} == {contract["name"] for contract in SESSION["contracts"]}


def test_every_package_of_the_product_is_looked_at() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(SESSION["root_packages"])
