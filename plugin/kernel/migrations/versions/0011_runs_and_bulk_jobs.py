"""Runs and cursors of every CRM in one table each; bulk jobs of Salesforce."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEPT = (
    "id, installation_id, campaign_id, size, after, state, days, counts, refused, reason, "
    "lease, leased_until, started_at, updated_at"
)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward; runs and cursors go on where they are, under names of their own."""
    _make_runs("link_run", "source_id", "source_name", sa.Column("source_kind", sa.String(), nullable=False))
    _copy(
        "hubspot_list_run",
        f"{_KEPT}, 'hubspot_list', list_id, list_name",
        "link_run",
        f"{_KEPT}, source_kind, source_id, source_name",
    )
    op.drop_table("hubspot_list_run")
    _move_cursors("hubspot_cursor", "look_cursor")
    op.create_table(
        "salesforce_bulk_job",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("installation_id", sa.String(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installation.id"],
            name=op.f("fk_salesforce_bulk_job_installation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_salesforce_bulk_job")),
    )
    with op.batch_alter_table("salesforce_bulk_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_salesforce_bulk_job_installation_id"), ["installation_id"], unique=False)
    with op.batch_alter_table("salesforce_record", schema=None) as batch_op:
        for name in ("contact_id", "lead_id"):
            index = batch_op.f(f"ix_salesforce_record_installation_id_{name}")
            batch_op.create_index(index, ["installation_id", name], unique=False)


def downgrade() -> None:
    """Go back; runs of other CRMs than HubSpot are forgotten."""
    with op.batch_alter_table("salesforce_record", schema=None) as batch_op:
        for name in ("lead_id", "contact_id"):
            batch_op.drop_index(batch_op.f(f"ix_salesforce_record_installation_id_{name}"))
    op.drop_table("salesforce_bulk_job")
    _move_cursors("look_cursor", "hubspot_cursor")
    _make_runs("hubspot_list_run", "list_id", "list_name")
    _copy(
        "link_run WHERE source_kind = 'hubspot_list'",
        f"{_KEPT}, source_id, source_name",
        "hubspot_list_run",
        f"{_KEPT}, list_id, list_name",
    )
    op.drop_table("link_run")


def _make_runs(table: str, its_id: str, its_name: str, *more: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("installation_id", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        *more,
        sa.Column(its_id, sa.String(), nullable=False),
        sa.Column(its_name, sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("refused", _JSON, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f(f"fk_{table}_campaign_id")),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f(f"fk_{table}_installation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _move_cursors(of: str, to: str) -> None:
    op.create_table(
        to,
        sa.Column("installation_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("value", _JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["installation_id"], ["installation.id"], name=op.f(f"fk_{to}_installation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("installation_id", "subject", name=op.f(f"pk_{to}")),
    )
    columns = "installation_id, subject, value, updated_at"
    _copy(of, columns, to, columns)
    op.drop_table(of)


def _copy(of: str, columns: str, to: str, names: str) -> None:
    op.execute(f"INSERT INTO {to} ({names}) SELECT {columns} FROM {of}")  # noqa: S608 - names of ours
