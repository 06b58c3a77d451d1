"""What a person asked for and what a rule did are two decisions, on the same grounds too.

A training by hand must not keep the store from remembering that drift asked for one too.
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Put who or what decided into the key."""
    with op.batch_alter_table("decisions") as changed:
        changed.drop_constraint("uq_decisions_kind", type_="unique")
        changed.create_unique_constraint(
            "uq_decisions_kind",
            ["kind", "weekend", "model_version", "champion", "outcome", "by",
             "policy_sha256", "snapshot", "replay", "simulated"],
        )  # fmt: skip
