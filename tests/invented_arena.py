"""A home with planted challengers, for tests of comparison and promotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from f1lib.models.contract import Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.pipelines import ingest, predict, promote
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, outbox, promotion_log
from f1lib.store.origin import Origin
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend

GOOD, POOR, SAME, EQUAL, NEWER = (
    ModelVersion(1, *rest) for rest in ((0, 0), (1, 0), (1, 1), (2, 0), (0, 1))
)
POLICY = """
[promotion]
mode = "{mode}"
races = 24
calibration_races = 24
"""


def plant(
    settings: Settings, weekend: RaceWeekend, version: ModelVersion, recipe: Recipe, **changed: Any
) -> Manifest:
    """Train `recipe` as of `weekend` and register it as `version`; `changed` are other facts."""
    history = ingest.known(settings)
    known = history.as_of(weekend, Cutoff.BEFORE_WEEKEND)
    material = Training.from_history(known, recipe.features).before(weekend)
    last = RaceWeekend.parse(material.race["weekend"].max())
    facts: dict[str, Any] = {
        "version": version,
        "name": TwoStage.name,
        "trained_at": datetime(2026, 1, 5, tzinfo=UTC),
        "trained_through": last,
        "last_date": str(history.race(last)["date"]),
        "snapshot": history.snapshot.sha256,
        "n_races": material.n_races,
        "code_version": "test",
        "features": {
            cutoff.value: list(frame.columns) for cutoff, frame in material.features.items()
        },
        "hyper_parameters": recipe.plain(),
        "simulated": True,
    }
    model = TwoStage(recipe).fit(material)
    return artifacts.write(settings.models, Manifest(**{**facts, **changed}), model.state())


def reign(settings: Settings, version: ModelVersion, now: datetime) -> None:
    """Make it champion, whatever it is worth."""
    with connection.connect(settings.store_address) as store:
        aliases.promote(
            store, settings.models, version, opened=TwoStage.from_state, by="test",
            reason="to begin with", now=now, simulated=True,
        )  # fmt: skip


@dataclass(frozen=True)
class Arena:
    """A home with a champion (GOOD) and planted versions; each verb an hour after the last."""

    settings: Settings
    now: datetime
    weekends: tuple[RaceWeekend, ...]

    def under(self, mode: str) -> Settings:
        folder = self.settings.home / "policies"
        folder.mkdir(exist_ok=True)
        (folder / "default.toml").write_text(POLICY.format(mode=mode))
        return self.settings.model_copy(update={"policies": folder})

    def promote(self, version: ModelVersion, hour: int = 1, mode: str = "auto", **more: object):
        now = self.now + timedelta(hours=hour)
        return promote.promote(version, self.under(mode), now=now, **more)

    def reign(self, version: ModelVersion) -> None:
        reign(self.settings, version, self.now)

    def champion(self) -> str:
        return predict.champion(self.settings, simulated=True).version

    def log(self) -> list[promotion_log.Promotion]:
        with connection.reading(self.settings.store_address) as store:
            return promotion_log.decided(store, simulated=True)

    def decisions(self) -> list[decision_log.Decision]:
        with connection.reading(self.settings.store_address) as store:
            return decision_log.made(store, simulated=True, kind="promotion")

    def mails(self) -> list[outbox.Mail]:
        """Those to somebody: that of the first champion was written before mail was set up."""
        with connection.reading(self.settings.store_address) as store:
            return [mail for mail in outbox.written(store) if mail.recipient]


def decided_to_train(
    arena: Arena, outcome: str, by: str, hour: int = 0, fired: Sequence[str] = ()
) -> None:
    """A decision to train NEWER, as the log has it."""
    manifest = artifacts.read_manifest(arena.settings.models, NEWER)
    origin = Origin(
        manifest.trained_through, manifest.snapshot, "", replay=False, simulated=True,
        made_at=arena.now + timedelta(hours=hour),
    )  # fmt: skip
    row = decision_log.Decision(
        origin,
        "retraining",
        "",
        str(GOOD),
        outcome,
        by,
        "It drifted.",
        "default",
        tuple(decision_log.Rule(rule, None, None, 0, fired=True) for rule in fired),
    )
    with connection.connect(arena.settings.store_address) as store:
        assert decision_log.record(store, row)
