"""What Alembic runs: the migrations, on the connection and in the transaction it was handed.

Called by f1lib.store.revision only; there is no alembic.ini.
"""

from alembic import context

from f1lib.store import schema


def migrate() -> None:
    """Run the migrations that the store lacks."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=schema.METADATA,
        render_as_batch=True,  # SQLite cannot alter most things in place
    )
    context.run_migrations()


if hasattr(context, "config"):  # Alembic is at work, not pytest collecting doctests
    migrate()
