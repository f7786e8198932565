"""Documents as text: what the native half asks of Python's own writer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lifestage._native import Pipeline


def _other(value: object) -> Any:
    """Values that JSON does not have."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"`{value}` has no time zone: give an aware datetime")
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)}us"
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    document = getattr(value, "to_dict", None)
    if document is not None:
        return document()
    raise TypeError(f"`{type(value).__name__}` has no form in JSON")


def dumps(value: object) -> str:
    """The text of a document; its keys stay in their order."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_other)


def restore_pipeline(text: str, version: int) -> Pipeline:
    """What a pickled pipeline is made from."""
    return Pipeline.from_json(text, version=version)
