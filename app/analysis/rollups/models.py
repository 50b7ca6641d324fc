"""The table of roll-ups."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, foreign_key, tenant_key


class DrawRollupModel(Base):
    """`changes` counts the changes that are known; the roll-up is fresh if it was built after as many."""

    __tablename__ = "draw_rollups"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id"),
        tenant_key(),
        foreign_key("draw_id", "draws"),
        Index("ix_draw_rollups_stale", "tenant_id", postgresql_where=text("is_stale")),
    )

    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    changes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    built_changes: Mapped[int | None] = mapped_column(BigInteger)
    is_stale: Mapped[bool] = mapped_column(Computed("built_changes IS DISTINCT FROM changes", persisted=True))
    built_at: Mapped[datetime | None]
    # The rest is null until it is built: app/analysis/rollups/packing.py says what is in it.
    rows: Mapped[bytes | None]
    agent_ids: Mapped[bytes | None]
    verifier_ids: Mapped[bytes | None]
    answers: Mapped[bytes | None]
    uncorrected_answers: Mapped[bytes | None]
    answer_kinds: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
