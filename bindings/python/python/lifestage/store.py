"""Stores that are written in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lifestage._json import dumps
from lifestage.errors import StoreError

Document = Mapping[str, Any]
"""An object in its JSON form, as `to_dict` of the classes gives it."""


class HostStore(Protocol):
    """What a store in Python has to have. It is called with the names of the arguments, from any thread.

    Everything goes in and out in its JSON form: dictionaries, lists, texts and numbers, times as RFC 3339; the
    classes of the package may be given back as they are. `commit` is one atomic compare-and-set: a change is written,
    record, row and effects together, only if the record is still at `expected_version` and `expected_seq`.

    A method that a store lacks makes what needs it raise `lifestage.errors.Unsupported`. An exception comes out of the
    call that led to it, as it was raised. Raise those of `lifestage.errors` to say what kind of failure it is.
    """

    def load(self, *, tenant: str, ids: Sequence[str]) -> Sequence[Document | None]:
        """The records with these ids, in order; `None` for those that are not there."""
        ...

    def commit(self, *, tenant: str, changes: Sequence[Document], mode: str) -> Sequence[Document]:
        """Writes changes: all or none when `mode` is `atomic`, else each on its own. What became of each, in order."""
        ...

    def publish(self, *, tenant: str, publication: Document, alongside: Document) -> Document:
        """Keeps a version of a pipeline, if it follows the one that is there."""
        ...

    def published(self, *, tenant: str) -> Sequence[Document]:
        """The version in force of each pipeline."""
        ...

    def history(self, *, tenant: str, record: str, after: int, limit: int) -> Sequence[Document]:
        """Up to `limit` rows of a record after row `after`, in order."""
        ...


def answer(store: object, method: str, text: str) -> str | None:
    """Asks a store; `None` when it has no such method."""
    asked = getattr(store, method, None)
    if asked is None:
        return None
    return dumps(asked(**json.loads(text)))


def kind_of(error: BaseException) -> int:
    """The number that the engine is told."""
    return error.code if isinstance(error, StoreError) else 305
