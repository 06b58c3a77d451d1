"""What monitoring measures and finds, what is decided, mails, and requests of the service."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.String(32)  # ISO text, UTC, microseconds


def upgrade() -> None:
    """Create their tables; what is named here must not change any more."""
    _drift_measurements()
    _findings()
    _decisions()
    _mails()
    _api_requests()


def _drift_measurements() -> None:
    op.create_table(
        "drift_measurements",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("feature", sa.String, nullable=False),
        sa.Column("metric", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("n_races", sa.Integer, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("without_drift", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("p", sa.Double),
        sa.Column("q", sa.Double),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("policy_sha256", sa.String, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drift_measurements"),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["snapshots.sha256"], name="fk_drift_measurements_snapshot"
        ),
        sa.UniqueConstraint(
            "weekend",
            "stage",
            "model_version",
            "feature",
            "metric",
            "rule",
            "n_races",
            "policy_sha256",
            "snapshot",
            "replay",
            "simulated",
            name="uq_drift_measurements_weekend",
        ),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("time_window", sa.String, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("threshold", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("p", sa.Double),
        sa.Column("q", sa.Double),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("in_a_row", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("alert", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("policy_sha256", sa.String, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.sha256"], name="fk_findings_snapshot"),
        sa.UniqueConstraint(
            "weekend",
            "stage",
            "model_version",
            "rule",
            "subject",
            "time_window",
            "policy_sha256",
            "snapshot",
            "replay",
            "simulated",
            name="uq_findings_weekend",
        ),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("champion", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("policy_sha256", sa.String, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.sha256"], name="fk_decisions_snapshot"),
        sa.UniqueConstraint(
            "kind",
            "weekend",
            "model_version",
            "champion",
            "outcome",
            "policy_sha256",
            "snapshot",
            "replay",
            "simulated",
            name="uq_decisions_kind",
        ),
    )
    op.create_table(
        "decision_rules",
        sa.Column("decision_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("threshold", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("p", sa.Double),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("fired", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "place", name="pk_decision_rules"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name="fk_decision_rules_decision_id"
        ),
    )


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("occasion", sa.String, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint(
            "occasion",
            "recipient",
            name="uq_mails_occasion",
        ),
    )
    op.create_table(
        "mail_attempts",
        sa.Column("mail_id", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sent", sa.Boolean, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("mail_id", "attempt", name="pk_mail_attempts"),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_mail_attempts_mail_id"),
    )


def _api_requests() -> None:
    op.create_table(
        "api_requests",
        sa.Column("request_id", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("method", sa.String, nullable=False),
        sa.Column("route", sa.String, nullable=False),
        sa.Column("status_code", sa.Integer, nullable=False),
        sa.Column("duration_ms", sa.Double),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_api_requests"),
    )
