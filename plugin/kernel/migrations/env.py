"""What alembic runs: our engine, our tables, one transaction."""

from __future__ import annotations

from alembic import context

from plugin.kernel.database import Entity

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Entity.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
