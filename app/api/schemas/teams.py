"""Wire models of teams."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Name, WireModel

LeaderId = Annotated[UUID | None, Field(description="A user with the role leader or admin.")]


class TeamIn(WireModel):
    name: Annotated[Name, Field(examples=["Night shift"])]
    leader_id: LeaderId = None


class TeamPatch(WireModel):
    name: Name = ""
    leader_id: LeaderId = None


class TeamOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    leader_id: UUID | None
