"""The types: strict, and true to what runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import PACKAGE


def run(*command: str, cwd: Path = PACKAGE) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mypy_strict(tmp_path: Path) -> None:
    sources = str(PACKAGE / "python" / "lifestage")
    run("mypy", "--strict", "--config-file", str(PACKAGE / "pyproject.toml"), "--cache-dir", str(tmp_path), sources)


def test_mypy_of_those_who_use_it(tmp_path: Path) -> None:
    """The installed package, as a program sees it; and a mistake is found."""
    program = tmp_path / "program.py"
    program.write_text((PACKAGE / "examples" / "shop.py").read_text())
    run("mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program), cwd=tmp_path)
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import lifestage as ls\nls.Pipeline.preset('lead').decide(1, 'x', ls.Actor('a'), 'now')\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(wrong)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.count("[arg-type]") == 2, done.stdout


def test_stubs_are_what_is_there() -> None:
    run("mypy.stubtest", "lifestage", "--ignore-disjoint-bases")
