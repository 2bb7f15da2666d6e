"""The same specifications on PostgreSQL, which orders, locks and compares in its own way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from machine.postgres import postgres

ROOT = Path(__file__).parents[2]


@pytest.mark.system
def test_every_specification_of_the_server_holds_on_postgresql_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "tests/server", "-q", "-m", "not system", "-o", f"cache_dir={tmp_path}"]
    with postgres() as url:
        run = subprocess.run(
            command, check=False, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True
        )

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-5000:]
    assert "skipped" not in run.stdout
