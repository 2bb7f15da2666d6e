"""What all suites share: the options, how long a campaign goes on, and a place for what hypothesis remembers."""

import secrets

import pytest
from hypothesis.configuration import set_hypothesis_home_dir
from samples import patience
from xdist.workermanage import WorkerController

from machine.campaign import Campaign

SHORT_SEED = 1

_campaign = pytest.StashKey[Campaign]()

set_hypothesis_home_dir("build/hypothesis")
patience.load()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reader", metavar="NAME", help="also run the reader contract on this real PC/SC reader, by hand")
    parser.addoption("--campaign", choices=("short", "full"), default="short", help="how long tests under faults go on")
    parser.addoption("--seed", type=int, metavar="N", help=f"of campaigns; {SHORT_SEED} for short ones, else drawn")


def pytest_configure(config: pytest.Config) -> None:
    full = config.getoption("--campaign") == "full"
    seed = config.getoption("--seed")
    if seed is None:
        seed = secrets.randbelow(1_000_000) if full else SHORT_SEED
    config.stash[_campaign] = Campaign(full, seed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole processes take longest and mostly wait: their files come first, and what computes fills their pauses."""
    waiting = {item.path for item in items if item.get_closest_marker("system")}
    items.sort(key=lambda item: item.path not in waiting)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """SQLite's are in memory, so that each of several processes has its own; pytest-django does not know our backend."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands its campaigns' figures to the one that prints them."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["campaigns"] = session.config.stash[_campaign].lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    node.config.stash[_campaign].lines.extend(node.workeroutput.get("campaigns", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    campaign = config.stash[_campaign]
    if campaign.full or campaign.lines:
        terminalreporter.section(f"campaigns, seed {campaign.seed}")
    for line in campaign.lines:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def campaign(pytestconfig: pytest.Config) -> Campaign:
    return pytestconfig.stash[_campaign]
