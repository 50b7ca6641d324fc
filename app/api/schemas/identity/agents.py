"""Wire models of agents."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Key, Name, WireModel, example

ExternalId = Annotated[Key, Field(description="The id of the agent in the company's other systems.", examples=["a-17"])]
FullName = Annotated[Name, Field(examples=["Anna Bell"])]
ProjectIds = Annotated[list[UUID], Field(max_length=1000)]
UserId = Annotated[UUID | None, Field(description="The agent's own account, a user with the role agent.")]
HiredOn = Annotated[date | None, Field(description="Tells new agents from experienced ones.", examples=["2026-03-02"])]
LeftOn = Annotated[date | None, Field(description="The last day at work.")]


class AgentIn(WireModel):
    model_config = example({"external_id": "a-17", "full_name": "Anna Bell", "hired_on": "2026-03-02"})

    external_id: ExternalId
    full_name: FullName
    team_id: UUID | None = None
    project_ids: ProjectIds = []
    hired_on: HiredOn = None
    left_on: LeftOn = None
    supervisor_id: UUID | None = None
    user_id: UserId = None


class AgentPatch(AgentIn):
    model_config = example({"left_on": "2026-11-30"})

    external_id: ExternalId = ""
    full_name: FullName = ""


class AgentPut(AgentIn):
    model_config = example({"full_name": "Anna Bell", "hired_on": "2026-03-02"})

    external_id: Annotated[ExternalId, Field(description="If it is given, the same as in the address.")] = ""


class AgentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    external_id: str
    full_name: str
    team_id: UUID | None
    project_ids: list[UUID]
    hired_on: date | None
    left_on: date | None
    supervisor_id: UUID | None
    user_id: UUID | None
