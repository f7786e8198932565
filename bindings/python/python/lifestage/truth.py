"""Three-valued logic."""

from __future__ import annotations

from enum import Enum


class Truth(Enum):
    """What a condition says of some facts. Only `TRUE` is true."""

    FALSE = "false"
    UNKNOWN = "unknown"
    TRUE = "true"

    def __bool__(self) -> bool:
        return self is Truth.TRUE
