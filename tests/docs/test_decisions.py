"""Every dependency has its reason, and the page keeps up with the lock."""

import re
import tomllib

import pytest
from docs.pages import ROOT

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_DECISIONS = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
_ROLES = {
    "Terminal": _PROJECT["project"]["optional-dependencies"]["kiosk"],
    "Server": _PROJECT["project"]["optional-dependencies"]["server"],
    "Development": [*_PROJECT["dependency-groups"]["build"], *_PROJECT["dependency-groups"]["dev"]],
}
_WANTED = [
    (role, re.split(r"[^a-z0-9-]", wanted)[0])
    for role, wants in _ROLES.items()
    for wanted in wants
    if isinstance(wanted, str)  # the rest includes other groups
]


def table(role: str) -> dict[str, str]:
    """Version by package, as the page says."""
    section = _DECISIONS.split(f"\n### {role}\n")[1].split("\n### ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in section.splitlines() if line.startswith("|")][
        2:
    ]
    return {
        name: version
        for names, versions in rows
        for name, version in zip(names.split(", "), versions.split(", "), strict=True)
    }


@pytest.mark.parametrize(("role", "package"), _WANTED, ids=str)
def test_a_dependency_has_its_reason_and_its_locked_version(role: str, package: str) -> None:
    lock = (ROOT / "script/lock/dev.txt").read_text(encoding="utf-8")
    assert table(role)[package] in re.findall(rf"^{re.escape(package)}(?:\[\w+\])?==(\S+)", lock, re.MULTILINE)


@pytest.mark.parametrize("role", _ROLES)
def test_nothing_is_explained_that_is_not_there(role: str) -> None:
    assert set(table(role)) == {package for where, package in _WANTED if where == role}
