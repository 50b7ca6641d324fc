"""Wire models of scheduled reports."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from app.analysis import REPORTS_BY_NAME, FileFormat, GroupBy, Locale
from app.api.schemas.common import Name, Timezone, UtcOut, WireModel, example
from app.api.schemas.identity.users import Email
from app.calibration import Language
from app.notifications import EmailState
from app.reporting import (
    MAX_RECIPIENTS,
    DeliveryState,
    Every,
    LeftOut,
    PauseReason,
    RelativePeriod,
    ReportDelivery,
    ReportSchedule,
    SentTo,
)

ReportName = Annotated[
    str,
    StringConstraints(max_length=100),
    Field(
        description=f"The report, by the name in its address: {', '.join(f'`{name}`' for name in REPORTS_BY_NAME)}.",
        examples=["quality"],
    ),
]
Format = Annotated[FileFormat, Field(description="`svg` and `png` where the report has a picture.")]
ScheduleLocale = Annotated[Locale, Field(description="How CSV writes decimals and separates its values.")]
Bom = Annotated[bool, Field(description="Whether CSV begins with a byte order mark, as Excel needs it.")]
Period = Annotated[
    RelativePeriod, Field(description="The whole day, week from Monday or month before the day it is sent.")
]
Zone = Annotated[
    Timezone | None,
    Field(description="Of the time of sending and of the period. Null: that of the project; without one, UTC."),
]
# A local time of day in whole minutes.
TimeOfDay = Annotated[
    str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), Field(examples=["08:00"], max_length=5)
]
_SHOWN_TIME = PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json")


class ReportFilters(WireModel):
    model_config = ConfigDict(from_attributes=True)

    project_id: UUID | None = None
    team_id: UUID | None = None
    scorecard_id: UUID | None = None
    by: Annotated[GroupBy | None, Field(description="The groups of the quality report; null: by project.")] = None


class WhenModel(WireModel):
    """When it is sent. A local time that the clocks skip is the next that exists; one shown twice is the first."""

    model_config = ConfigDict(from_attributes=True)

    every: Every
    weekday: Annotated[int | None, Field(ge=1, le=7, description="From 1, Monday, to 7; of a weekly schedule.")] = None
    day: Annotated[
        int | None,
        Field(ge=1, le=31, description="Of a monthly schedule; a shorter month has its last day instead."),
    ] = None
    at: TimeOfDay
    timezone: Zone = None

    def fields(self) -> dict[str, Any]:
        return self.model_dump() | {"at": time.fromisoformat(self.at)}


class RecipientIn(WireModel):
    """A user, or an address outside of the tenant, which only an administrator can give."""

    user_id: Annotated[UUID | None, Field(description="An active user who may read reports.")] = None
    email: Annotated[Email | None, Field(description="An address that is no user's.")] = None


Recipients = Annotated[list[RecipientIn], Field(min_length=1, max_length=MAX_RECIPIENTS)]
Active = Annotated[bool, Field(description="Whether it is sent by the clock.")]

_EXAMPLE: dict[str, Any] = {
    "name": "Quality of the week",
    "report": "quality",
    "format": "xlsx",
    "language": "ru",
    "filters": {"project_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2a", "by": "team"},
    "period": "previous_week",
    "when": {"every": "week", "weekday": 1, "at": "08:00", "timezone": "Europe/Moscow"},
    "recipients": [{"user_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2d"}],
}


class ReportScheduleIn(WireModel):
    model_config = example(_EXAMPLE)

    name: Name
    report: ReportName
    format: Format
    language: Language = Language.ENGLISH
    locale: ScheduleLocale = Locale.EN
    bom: Bom = False
    filters: ReportFilters = ReportFilters()
    period: Period
    when: WhenModel
    recipients: Recipients
    active: Active = True

    def fields(self) -> dict[str, Any]:
        return _flat(self.model_dump(exclude={"when"}) | {"when": self.when.fields()})


class ReportSchedulePatch(WireModel):
    model_config = example(
        {
            "when": {"every": "day", "at": "07:30", "timezone": "Europe/Moscow"},
            "recipients": [{"user_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2d"}],
        }
    )

    name: Name = ""
    owner_id: Annotated[UUID | None, Field(description="Another owner; for administrators.")] = None
    report: ReportName = ""
    format: Format = FileFormat.XLSX
    language: Language = Language.ENGLISH
    locale: ScheduleLocale = Locale.EN
    bom: Bom = False
    filters: ReportFilters = ReportFilters()
    period: Period = RelativePeriod.PREVIOUS_DAY
    when: WhenModel | None = None
    recipients: Recipients = []
    active: Active = True

    def changes(self) -> dict[str, Any]:
        # Nested fields are whole, with those that were left out.
        given = self.model_dump(include=self.model_fields_set - {"when"})
        if self.when is not None:
            given["when"] = self.when.fields()
        if given.get("owner_id", self) is None:
            del given["owner_id"]
        return _flat(given)


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of filters and of the time beside the others, as the record has them."""
    return {name: value for name, value in fields.items() if name not in {"filters", "when"}} | {
        name: value for nested in ("filters", "when") for name, value in fields.get(nested, {}).items()
    }


class RecipientOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user_id: UUID | None
    email: str | None
    allowed_by: UUID | None = Field(description="The administrator who gave the address.")


class WhenOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    every: Every
    weekday: int | None
    day: int | None
    at: Annotated[time, _SHOWN_TIME] = Field(examples=["08:00"])
    timezone: str


class ReportScheduleOut(BaseModel):
    id: UUID
    name: str
    owner_id: UUID = Field(description="The user whose rights decide what the report shows.")
    report: str
    format: FileFormat
    language: Language
    locale: Locale
    bom: bool
    filters: ReportFilters
    period: RelativePeriod
    when: WhenOut
    recipients: list[RecipientOut]
    active: bool
    paused_reason: PauseReason | None = Field(description="Why the service stopped it.")
    next_due_at: UtcOut | None = Field(description="When it is sent next; null if it is not active.")
    version: int
    created_at: UtcOut

    @classmethod
    def of(cls, schedule: ReportSchedule) -> Self:
        own = {
            name: getattr(schedule, name) for name in cls.model_fields if name not in {"filters", "when", "recipients"}
        }
        return cls(
            **own,
            filters=ReportFilters.model_validate(schedule),
            when=WhenOut.model_validate(schedule),
            recipients=[RecipientOut.model_validate(one) for one in schedule.recipients],
        )


class SentToOut(BaseModel):
    """A recipient as of the time of sending."""

    user_id: UUID | None
    name: str
    email: str | None
    email_id: UUID | None
    email_state: EmailState | None = Field(description="What became of the e-mail; null if there is none any more.")
    left_out: LeftOut | None = Field(description="Why this recipient was sent nothing.")

    @classmethod
    def of(cls, sent: SentTo, states: Mapping[UUID, EmailState]) -> Self:
        state = None if sent.email_id is None else states.get(sent.email_id)
        return cls(
            user_id=sent.user_id,
            name=sent.name,
            email=sent.email,
            email_id=sent.email_id,
            email_state=state,
            left_out=sent.left_out,
        )


class ReportDeliveryOut(BaseModel):
    id: UUID
    schedule_id: UUID
    due_at: UtcOut
    requested_by: UUID | None = Field(description="The user who asked for it; null: the clock.")
    since: UtcOut = Field(description="The report is about calls that started at this time or later,")
    until: UtcOut = Field(description="and before this time.")
    state: DeliveryState = Field(
        description="`sent`: the e-mails are in the outbox. `skipped`: its time passed without a report."
    )
    reason: str | None = Field(description="Why nothing was sent.")
    file_name: str | None = Field(examples=["quality_2026-11-01_2026-11-30.xlsx"])
    size_bytes: int | None
    attached: bool | None = Field(description="Whether the file went with the e-mails; a large one is a link there.")
    recipients: list[SentToOut]
    job_id: UUID | None
    created_at: UtcOut
    finished_at: UtcOut | None

    @classmethod
    def of(cls, delivery: ReportDelivery, states: Mapping[UUID, EmailState]) -> Self:
        own = {name: getattr(delivery, name) for name in cls.model_fields if name != "recipients"}
        return cls(**own, recipients=[SentToOut.of(one, states) for one in delivery.recipients])
