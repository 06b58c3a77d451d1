"""What each step of the weekend cycle came to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.String(32)  # ISO text, UTC, microseconds


def upgrade() -> None:
    """Create its log; what is named here must not change any more."""
    op.create_table(
        "cycle_steps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("weekend", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("exit_code", sa.Integer, nullable=False),
        sa.Column("run_id", sa.String, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("code_version", sa.String, nullable=False),
        sa.Column("policy_sha256", sa.String, nullable=False),
        sa.Column("snapshot", sa.String, nullable=False),
        sa.Column("replay", sa.Boolean, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cycle_steps"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshots.sha256"], name="fk_cycle_steps_snapshot"),
    )
    op.create_index("ix_cycle_steps_weekend", "cycle_steps", ["weekend"])
