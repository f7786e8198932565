"""What the tests share: the vectors, a few people, a time."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lifestage as ls
import pytest
from hypothesis import configuration, settings

# A machine that others use as well may be slow at any time. Nothing is left behind in the folder of the sources.
configuration.set_hypothesis_home_dir(Path(tempfile.mkdtemp()))
settings.register_profile("patient", deadline=None, database=None)
settings.load_profile("patient")

PACKAGE = Path(__file__).resolve().parents[1]
VECTORS = PACKAGE.parents[1] / "tests" / "vectors"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read_vectors(name: str) -> dict[str, Any]:
    """One file of vectors."""
    return json.loads((VECTORS / name).read_text())


def pipelines(file: dict[str, Any]) -> dict[str, ls.Pipeline]:
    """The definitions of a file, each loaded once."""

    def load(definition: dict[str, Any]) -> ls.Pipeline:
        if "preset" in definition:
            return ls.Pipeline.preset(definition["preset"])
        return ls.Pipeline.from_dict(definition)

    return {name: load(definition) for name, definition in file.get("definitions", {}).items()}


W1 = {
    "id": "w1",
    "name": "Leads",
    "fields": {"budget": "int", "source": "string", "email": "string", "consent": "bool"},
    "categories": [
        {"id": "open", "name": "Open", "outcome": "open"},
        {"id": "won", "name": "Won", "outcome": "won"},
        {"id": "lost", "name": "Lost", "outcome": "lost"},
    ],
    "stages": [
        {"id": "new", "name": "New", "category": "open", "default": True},
        {"id": "talks", "name": "Talks", "category": "open"},
        {"id": "won", "name": "Won", "category": "won", "final": True},
        {"id": "lost", "name": "Lost", "category": "lost", "final": True},
    ],
    "policy": {
        "moves": [
            {
                "id": "talk",
                "label": "Start talks",
                "from": "new",
                "to": "talks",
                "when": 'budget >= 5000 && source in ["web", "referral"] && email != "" && consent',
            },
            {"id": "win", "label": "Win", "from": "talks", "to": "won", "roles": ["manager"]},
            {"id": "lose", "label": "Lose", "from": "any_open", "to": "lost"},
        ]
    },
    "roles": {
        "manager": {"can": ["create", "view", "act", "move", "edit_fields", "edit_contact", "publish", "configure_catalog"]},
        "sales": {"can": ["create", "view", "move"]},
        "own": {"can": ["create", "view", "move:own"]},
    },
}


@pytest.fixture(scope="session")
def lead() -> ls.Pipeline:
    """The lead preset."""
    return ls.Pipeline.preset("lead")


@pytest.fixture(scope="session")
def w1() -> ls.Pipeline:
    """A pipeline with roles and a condition."""
    return ls.Pipeline.from_dict(W1)


@pytest.fixture
def sam() -> ls.Actor:
    """Somebody in sales."""
    return ls.Actor("sam", ["sales"])
