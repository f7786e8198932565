"""The README's snippets run as they are printed, and its excerpts are those of the program they are from."""

from __future__ import annotations

import re
import subprocess
import sys

from conftest import PACKAGE

README = (PACKAGE / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_snippets_run_as_printed() -> None:
    program = "\n".join(blocks("python"))
    assert len(blocks("python")) == 6
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "mo@example.com Good to talk to you\n"


def test_excerpts_are_of_the_program() -> None:
    program = (PACKAGE / "examples" / "shop.py").read_text()
    excerpts = blocks("py")
    assert len(excerpts) == 2
    for excerpt in excerpts:
        assert excerpt in program
    assert len(program.splitlines()) < 200
