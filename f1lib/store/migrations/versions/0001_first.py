"""The first tables: snapshots, predictions, outcomes, scores, runs, promotions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.String(32)  # ISO text, UTC, microseconds


def upgrade() -> None:
    """Create them; what is named here must not change any more."""
    _snapshots()
    _predictions()
    _outcomes()
    _scores()
    _runs()
    _promotions()


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("archive_sha256", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.Column("credit", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("submissions", sa.Integer, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_snapshots"),
    )


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("cutoff", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("inputs_sha256", sa.String, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("grand_prix", sa.String, nullable=False),
        sa.Column("race_date", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["snapshots.sha256"], name="fk_predictions_snapshot"
        ),
        sa.UniqueConstraint(
            "weekend", "stage", "cutoff", "model", "model_version",
            "inputs_sha256", "replay", "simulated",
            name="uq_predictions_weekend",
        ),
    )  # fmt: skip
    op.create_table(
        "prediction_rows",
        sa.Column("prediction_id", sa.Integer, nullable=False),
        sa.Column("entry_index", sa.Integer, nullable=False),
        sa.Column("driver", sa.String, nullable=False),
        sa.Column("constructor", sa.String, nullable=False),
        sa.Column("p_first", sa.Double),
        sa.Column("p_top3", sa.Double),
        sa.Column("p_top10", sa.Double),
        sa.Column("expected_position", sa.Double),
        sa.Column("gap_pct", sa.Double),
        sa.Column("positions", sa.Text),
        sa.PrimaryKeyConstraint("prediction_id", "entry_index", name="pk_prediction_rows"),
        sa.ForeignKeyConstraint(
            ["prediction_id"], ["predictions.id"], name="fk_prediction_rows_prediction_id"
        ),
        sa.UniqueConstraint("prediction_id", "driver", name="uq_prediction_rows_prediction_id"),
    )


def _outcomes() -> None:
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.sha256"], name="fk_outcomes_snapshot"),
        sa.UniqueConstraint(
            "weekend", "stage", "revision", "simulated", name="uq_outcomes_weekend"
        ),
    )
    op.create_table(
        "outcome_rows",
        sa.Column("outcome_id", sa.Integer, nullable=False),
        sa.Column("driver", sa.String, nullable=False),
        sa.Column("constructor", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("classified", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("grid_order", sa.Double),
        sa.Column("gap_pct", sa.Double),
        sa.Column("gap_s", sa.Double),
        sa.PrimaryKeyConstraint("outcome_id", "driver", name="pk_outcome_rows"),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcomes.id"], name="fk_outcome_rows_outcome_id"),
    )


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("prediction_id", sa.Integer, nullable=False),
        sa.Column("outcome_id", sa.Integer, nullable=False),
        sa.Column("metric", sa.String, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("prediction_id", "outcome_id", "metric", name="pk_scores"),
        sa.ForeignKeyConstraint(
            ["prediction_id"], ["predictions.id"], name="fk_scores_prediction_id"
        ),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcomes.id"], name="fk_scores_outcome_id"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("notebook", sa.String, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("now", MOMENT, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("code_version", sa.String, nullable=False),
        sa.Column("package_versions", sa.JSON, nullable=False),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("headline", sa.String, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("provenance", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )


def _promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("manifest_sha256", sa.String, nullable=False),
        sa.Column("previous", sa.String),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promotions"),
        sa.UniqueConstraint("at", "action", "version", "simulated", name="uq_promotions_at"),
    )
