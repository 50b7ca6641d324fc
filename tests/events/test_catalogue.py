"""The catalogue of event types: each is described, has a schema, and is recorded as its class says."""

from dataclasses import dataclass
from typing import TypedDict

import pytest

from app import events
from app.api.application import build
from app.events import DomainEvent, EventTypeExists, catalogue
from app.events.document import write_document
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.platform.pagination import PageRequest
from tests.people import Centre


class Colour(TypedDict):
    """A document of a type that only these tests know."""

    colour: str


@dataclass(frozen=True, kw_only=True)
class ThingPainted(DomainEvent):
    """A thing was painted."""

    name = "thing.painted"
    subject_type = "thing"
    after: Colour


def test_every_type_says_what_happened() -> None:
    for kind in events.event_types():
        assert kind.__doc__
        # The docstring that a dataclass makes for itself is its signature.
        assert not kind.__doc__.startswith(f"{kind.__name__}("), kind.__name__
        assert "\n\n" not in kind.__doc__.strip(), f"{kind.__name__}: one paragraph, please"


def test_a_name_is_a_subject_and_what_happened_to_it() -> None:
    for kind in events.event_types():
        subject, _, verb = kind.name.partition(".")
        assert subject, kind.name
        assert verb.isidentifier(), kind.name


def test_two_types_cannot_have_the_same_name() -> None:
    with pytest.raises(EventTypeExists):
        type("Other", (DomainEvent,), {"name": ThingPainted.name, "subject_type": "thing"})


def test_types_of_the_tests_are_not_documented() -> None:
    assert catalogue.is_known("thing.painted")
    assert ThingPainted not in events.event_types()


def test_every_type_has_a_schema() -> None:
    schemas, _ = catalogue.event_schemas()
    assert list(schemas) == [kind.name for kind in events.event_types()]


def test_every_type_is_a_webhook_of_the_contract() -> None:
    contract = build(None).openapi()
    assert list(contract["webhooks"]) == [kind.name for kind in events.event_types()]


def test_the_document_names_every_type() -> None:
    written = write_document()
    for kind in events.event_types():
        assert f"`{kind.name}`" in written


async def test_an_event_is_recorded_as_its_type_says(centre: Centre, database: Database) -> None:
    thing = new_id()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        await events.record(session, ThingPainted(subject_id=thing, after={"colour": "red"}))
    async with database.begin(Tenant(centre.tenant_id)) as session:
        (recorded,) = (await events.list_events(session, PageRequest(), subject_id=thing)).items
    assert (recorded.type, recorded.subject_type, recorded.before, recorded.after) == (
        *("thing.painted", "thing", None),
        {"colour": "red"},
    )
