"""Wire models of users."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Key, Name, Timezone, WireModel, example
from app.identity import MIN_PASSWORD_LENGTH

# A name to sign in with, not a mailbox: some companies use addresses that no public mail server knows.
Email = Annotated[
    Key, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)*$", examples=["vera.quill@example.com"])
]
Password = Annotated[
    str,
    Field(
        min_length=MIN_PASSWORD_LENGTH,
        max_length=1000,
        description="Stored as an Argon2 hash.",
        examples=["correct horse battery staple"],
        json_schema_extra={"format": "password"},
    ),
]
# A guest, whose role is `client`, is no user.
UserRole = Literal["admin", "leader", "verifier", "agent"]
UserTimezone = Annotated[
    Timezone | None, Field(description="In which the user reads times; null: in that of the project.")
]


class UserIn(WireModel):
    model_config = example(
        {
            "email": "vera.quill@example.com",
            "full_name": "Vera Quill",
            "role": "verifier",
            "password": "correct horse battery staple",
        }
    )

    email: Email
    full_name: Annotated[Name, Field(examples=["Vera Quill"])]
    role: UserRole
    password: Password
    timezone: UserTimezone = None


class UserPatch(WireModel):
    model_config = example({"full_name": "Vera Quill-Marsh", "active": True})

    email: Email = ""
    full_name: Name = ""
    role: UserRole = "agent"
    active: Annotated[bool, Field(description="An inactive user is refused at once, tokens included.")] = True
    password: Password = ""
    timezone: UserTimezone = None


class OpenWorkOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    assignments: int = Field(description="Open assignments, begun ones included.", examples=[12])
    begun_assignments: int = Field(description="Open assignments that the user has begun.", examples=[1])
    drafts: int = Field(description="Evaluations that are not submitted, with or without an assignment.", examples=[2])


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: UserRole
    active: bool
    timezone: str | None


class UserChanged(UserOut):
    open_work: OpenWorkOut | None = Field(
        description="What is unfinished under the user's name, after a change of `active` or `role`; else null. "
        "Reassign the assignments if the user can no longer do them."
    )
