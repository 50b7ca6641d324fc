"""Wire models of teams."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Name, WireModel, example

LeaderId = Annotated[UUID | None, Field(description="A user with the role leader or admin.")]


class TeamIn(WireModel):
    model_config = example({"name": "Night shift"})

    name: Annotated[Name, Field(examples=["Night shift"])]
    leader_id: LeaderId = None


class TeamPatch(WireModel):
    model_config = example({"name": "Day shift"})

    name: Name = ""
    leader_id: LeaderId = None


class TeamOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    leader_id: UUID | None
