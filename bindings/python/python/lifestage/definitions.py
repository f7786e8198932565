"""Definitions as documents: what there is ready, what is wrong with one, what differs between two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lifestage._json import dumps
from lifestage._native import call
from lifestage.answers import Document


def _document(definition: str | Mapping[str, Any]) -> str:
    return definition if isinstance(definition, str) else dumps(definition)


def presets() -> tuple[str, ...]:
    """The ids of the ready definitions, for `Pipeline.preset`."""
    return tuple(json.loads(call("presets", "{}")))


def icons() -> dict[str, str]:
    """The icons that stages may have, in the order of a picker, each with its group."""
    return {icon["name"]: icon["group"] for icon in json.loads(call("icons", "{}"))}


def palette() -> dict[str, str]:
    """The colours that have a name, in the order of a picker, each as `#rrggbb`."""
    return {colour["name"]: colour["colour"] for colour in json.loads(call("palette", "{}"))}


def check(definition: str | Mapping[str, Any]) -> tuple[Document, ...]:
    """Everything that is wrong, or doubtful, about a definition: code, number, severity, pointer, message."""
    findings = json.loads(call("check", f'{{"definition": {_document(definition)}}}'))
    return tuple(Document(finding) for finding in findings)


def diff(old: str | Mapping[str, Any], new: str | Mapping[str, Any]) -> Document:
    """What differs between two definitions, in the order of the document."""
    return Document(json.loads(call("diff", f'{{"old": {_document(old)}, "new": {_document(new)}}}')))
