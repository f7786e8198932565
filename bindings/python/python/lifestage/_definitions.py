"""Pipelines of a workspace: published, revised, migrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from lifestage import answers
from lifestage._asking import Asking, migrated
from lifestage._native import Actor, Pipeline, Refused, Unchanged
from lifestage.answers import Accepted, Answer, Document, Migrated, MigrationPreview, Published


class Definitions(Asking):
    """What a workspace does with definitions."""

    def publish(
        self,
        pipeline: Pipeline | Mapping[str, object] | str,
        actor: Actor,
        now: datetime,
        *,
        map: Mapping[str, object] | None = None,
    ) -> Published | Refused:
        """Puts a definition into force; a `map` moves the records of stages that go."""
        definition = pipeline.to_json() if isinstance(pipeline, Pipeline) else pipeline
        return answers.published(
            self._ask("publish", definition=definition, map=map, actor=actor, now=now)
        )

    def preview(
        self,
        pipeline: Pipeline | Mapping[str, object] | str,
        actor: Actor,
        *,
        map: Mapping[str, object] | None = None,
    ) -> tuple[Document, ...] | Refused:
        """What publishing a definition would change."""
        definition = pipeline.to_json() if isinstance(pipeline, Pipeline) else pipeline
        told = self._ask("preview", definition=definition, map=map, actor=actor)
        if told["outcome"] == "refused":
            return answers.refused(told)
        return answers.documents(told["differences"])

    def impact(self, pipeline: Pipeline) -> tuple[Document, ...]:
        """How many records each difference to the definition in force is about."""
        return self._documents("impact", definition=pipeline.to_json())

    def judge_revision(
        self, pipeline: str, revision: Mapping[str, object], actor: Actor
    ) -> Accepted | Unchanged | Refused:
        """What edits of a definition would come to."""
        told = self._ask("judge_revision", pipeline=pipeline, revision=revision, actor=actor)
        match told["outcome"]:
            case "refused":
                return answers.refused(told)
            case "unchanged":
                return Unchanged(None)
        return Accepted(
            told["version"],
            told["meaning"],
            told["definition"],
            answers.documents(told["differences"]),
            told["map"],
            told["undo"],
        )

    def revise(
        self, pipeline: str, revision: Mapping[str, object], actor: Actor, now: datetime
    ) -> Published | Refused:
        """Edits a definition, and puts it into force."""
        told = self._ask("revise", pipeline=pipeline, revision=revision, actor=actor, now=now)
        return answers.published(told)

    def undo_version(
        self, pipeline: str, version: int, actor: Actor, now: datetime
    ) -> Published | Refused:
        """Takes a revision back by a new version."""
        told = self._ask("undo_version", pipeline=pipeline, version=version, actor=actor, now=now)
        return answers.published(told)

    def pipeline(self, id: str) -> Pipeline | None:
        """A pipeline that is in force."""
        return self._crm.pipeline(id)

    def pipelines(self) -> tuple[Pipeline, ...]:
        """The pipelines in force."""
        return self._crm.pipelines()

    def definition(self, pipeline: str, version: int | None = None) -> Document:
        """A version as it was published, the one in force if none is named."""
        return self._document("definition", pipeline=pipeline, version=version)

    def versions(self, pipeline: str) -> tuple[Document, ...]:
        """Every version as it was published."""
        return self._documents("versions", pipeline=pipeline)

    def occupancy(self, pipeline: str) -> dict[str, int]:
        """How many records are in each stage, the trash counted; `none` for those without a stage."""
        counts: dict[str, int] = self._ask("occupancy", pipeline=pipeline)
        return counts

    def orphans(self, pipeline: str) -> tuple[Document, ...]:
        """Stages that records are in and the definition lacks."""
        return self._documents("orphans", pipeline=pipeline)

    def refresh(self) -> None:
        """Takes notice of what other processes published."""
        self._ask("refresh")

    def migrate(
        self,
        id: str,
        pipeline: str,
        map: Mapping[str, object],
        actor: Actor,
        now: datetime,
        *,
        into: str | None = None,
        reason: str | None = None,
    ) -> Migrated | Refused:
        """Moves the records of a pipeline by a map."""
        told = self._ask(
            "migrate",
            id=id,
            pipeline=pipeline,
            into=into,
            map=map,
            reason=reason,
            actor=actor,
            now=now,
        )
        return answers.refused(told) if told["outcome"] == "refused" else migrated(told)

    def preview_migration(
        self,
        pipeline: str,
        map: Mapping[str, object],
        actor: Actor,
        *,
        into: str | None = None,
        limit: int = 100,
    ) -> MigrationPreview | Refused:
        """What a migration would come to, and what would become of the first `limit` records."""
        told = self._ask(
            "preview_migration", pipeline=pipeline, into=into, map=map, actor=actor, limit=limit
        )
        if told["outcome"] == "refused":
            return answers.refused(told)
        return MigrationPreview(told["total"], answers.documents(told["records"]))

    def replay(
        self,
        pipeline: Pipeline | Mapping[str, object] | str,
        actors: Sequence[Actor] | None = None,
    ) -> Document:
        """Judges the journals of the records of a pipeline again, under a definition: how many rows were `judged` and
        `passed_over`, and those that would have been `refused`. Who is not among the `actors` may do everything."""
        definition = pipeline.to_json() if isinstance(pipeline, Pipeline) else pipeline
        return self._document("replay", definition=definition, actors=actors)

    def transfer(
        self,
        id: str,
        into: str,
        map: Mapping[str, object],
        actor: Actor,
        now: datetime,
        *,
        reason: str | None = None,
    ) -> Answer:
        """Moves one record to another pipeline."""
        return self._answer(
            "transfer", id=id, into=into, map=map, reason=reason, actor=actor, now=now
        )

    def migrations(self) -> tuple[Document, ...]:
        """Every migration, in the order in which they began."""
        return self._documents("migrations")

    def resume(self, id: str, now: datetime) -> Migrated:
        """Goes on with a migration that was interrupted."""
        return migrated(self._ask("resume", id=id, now=now))

    def close_migration(self, id: str, actor: Actor, now: datetime) -> Refused | None:
        """Leaves a migration as far as it came."""
        told = self._ask("close_migration", id=id, actor=actor, now=now)
        return answers.refused(told) if told["outcome"] == "refused" else None
