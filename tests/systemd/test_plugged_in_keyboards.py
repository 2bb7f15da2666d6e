"""What a keyboard could say to the machine past the screen. Not in here: whether the machine obeys, which only a terminal says."""

import re
from pathlib import Path

SYSTEMD = Path(__file__).parents[2] / "systemd"
LOGIN = (SYSTEMD / "logind.conf.d/checkin-terminal.conf").read_text()
KERNEL = (SYSTEMD / "sysctl.d/checkin-terminal.conf").read_text()
KNOWN_TO_LOGIND = Path("/etc/systemd/logind.conf").read_text()
"""Every option, commented out with its default."""


def options(text: str, comment: str = "") -> dict[str, str]:
    return dict(re.findall(rf"^{comment}(\w[\w.]*) ?= ?(.*)$", text, re.MULTILINE))


def test_every_key_that_the_login_manager_acts_upon_does_nothing() -> None:
    keys = {option for option in options(KNOWN_TO_LOGIND, "#") if re.fullmatch(r"Handle\w+Key(LongPress)?", option)}
    ignored = {option for option, value in options(LOGIN).items() if value == "ignore"}
    assert ignored == keys


def test_no_other_console_waits_for_a_login() -> None:
    assert {option: options(LOGIN)[option] for option in ("NAutoVTs", "ReserveVT")} == {
        "NAutoVTs": "0",
        "ReserveVT": "0",
    }


def test_the_kernel_takes_no_keys() -> None:
    assert options(KERNEL) == {"kernel.sysrq": "0"}


def test_the_install_steps_have_them() -> None:
    for guide in ("operator.md", "operator.ja.md"):
        steps = (SYSTEMD.parent / "docs" / guide).read_text()
        for part in ("logind.conf.d", "sysctl.d"):
            assert f"systemd/{part}/checkin-terminal.conf /etc/" in steps.replace("/etc/systemd/", "/etc/"), (
                guide,
                part,
            )
        assert "systemctl mask ctrl-alt-del.target" in steps
