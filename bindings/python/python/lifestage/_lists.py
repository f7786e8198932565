"""Lists from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lifestage import answers
from lifestage._asking import Asking, given
from lifestage._native import Actor
from lifestage.answers import Imported


class Lists(Asking):
    """How a workspace takes in lists."""

    def import_csv(
        self,
        pipeline: str,
        text: str,
        actor: Actor,
        now: datetime,
        *,
        columns: Mapping[str, str] | None = None,
        require: Sequence[str] = (),
        guess: bool = True,
        batch: str | None = None,
        lower: bool = False,
        dry_run: bool = False,
        all_or_nothing: bool = False,
        news_only: bool = False,
    ) -> Imported:
        """Brings in a list, whose first line names the columns, and says what became of each row.

        Each row is taken whole or not at all, and a bad one stops no other, unless it is `all_or_nothing`. `columns` says
        by headers what is not told by them: a field, `id`, `stage`, `owner`, `input:reason` for the answer to what stages
        ask, or `ignore` (`field:owner` is a field of that name). `news_only` leaves out what became of rows that simply are
        new, or known. A list without ids needs a `batch` of its own.
        """
        mapping = given(columns=columns, require=list(require), no_guess=not guess)
        return self._import(
            pipeline=pipeline,
            list=text,
            mapping=mapping,
            batch=batch,
            lower=lower,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
            news_only=news_only,
            actor=actor,
            now=now,
        )

    def import_rows(
        self,
        pipeline: str,
        headers: Sequence[str],
        rows: Iterable[Sequence[str]],
        actor: Actor,
        now: datetime,
        *,
        rows_before: int = 0,
        columns: Mapping[str, str] | None = None,
        require: Sequence[str] = (),
        guess: bool = True,
        batch: str | None = None,
        lower: bool = False,
        dry_run: bool = False,
        all_or_nothing: bool = False,
        news_only: bool = False,
    ) -> Imported:
        """The same with rows that were read already. A large list can come in pieces: `rows_before` is how many rows came
        before."""
        mapping = given(columns=columns, require=list(require), no_guess=not guess)
        return self._import(
            pipeline=pipeline,
            list={"headers": list(headers), "rows": [list(row) for row in rows]},
            rows_before=rows_before,
            mapping=mapping,
            batch=batch,
            lower=lower,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
            news_only=news_only,
            actor=actor,
            now=now,
        )

    def _import(self, **members: Any) -> Imported:
        return answers.imported(self._ask("import", **members))
