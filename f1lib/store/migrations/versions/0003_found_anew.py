"""What is measured or found anew on the same snapshot is another row.

A round can be settled after it was looked at: then the same rule says something else of the same
data, and that must not be refused as known.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Drop the keys that refuse it; an index keeps the way to a weekend short."""
    for table in ("drift_measurements", "findings"):
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(f"uq_{table}_weekend", type_="unique")
            changed.create_index(f"ix_{table}_weekend", ["weekend"])
