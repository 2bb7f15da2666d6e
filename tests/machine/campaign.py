"""How long a test under faults goes on: a short sample in the suite, or the full count with a seed by `script/campaign`.

Not in here: the faults. A campaign lives in `test_NAME.py`; its figures are printed at the end of the run and left in
build/campaigns/NAME.txt.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

REPORTS = Path("build/campaigns")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Campaign:
    """All of one run's chance comes from `seed`. `lines` is what is said of the campaigns that ended."""

    full: bool
    seed: int
    lines: list[str] = field(default_factory=list)

    def size(self, *, short: _T, full: _T) -> _T:
        return full if self.full else short

    def random(self, purpose: str = "") -> random.Random:
        """The same numbers for the same seed and purpose."""
        return random.Random(f"{self.seed} {purpose}")

    def report(self, name: str, figures: Mapping[str, object]) -> None:
        """`name` as in `test_NAME.py`."""
        kind = "full" if self.full else "short"
        line = f"{name} ({kind}, seed {self.seed}): " + ", ".join(
            f"{figure} {what}" for what, figure in figures.items()
        )
        self.lines.append(line)
        if self.full:
            REPORTS.mkdir(parents=True, exist_ok=True)
            with (REPORTS / f"{name}.txt").open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
