"""Alembic's environment: runs inside the transaction that `api.store.database.migrate` holds."""

from alembic import context

from api.store import planning_tables, version_tables  # noqa: F401 (their tables belong to the schema)
from api.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
