"""Every operation against a running server, with bodies and parameters made from the contract and against it.

Boundary values, documented examples and generated ones; whatever is sent, the answer must be a documented one.
The same requests every time: a test that fails only now and then tells nothing.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.context import AppContext
from app.identity import Role
from app.identity.policies import GRANTS
from app.platform.settings import Settings
from tests.contract import DOCUMENT, Operation, operations
from tests.processes import running_api
from tests.tenancy.building import World, make_world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

# The schema of a stream is that of its whole text, as OpenAPI 3.1 has it; this check takes it for that of each event.
CHECKS_OF_STREAMS = [check for check in CHECKS if check is not response_schema_conformance]

# A stream of events is read to its end.
SHORT_STREAMS = {"QMT_EVENT_STREAM_LIFE_S": "1"}

Case: TypeAlias = schemathesis.Case[Any]

schemathesis.serializer.alias("application/x-ndjson", "text/plain")
schemathesis.serializer.alias("audio/wav", "application/octet-stream")

contract = schemathesis.openapi.from_dict(DOCUMENT)
# Methods that are not served have a test of their own.
contract.config.phases.coverage.unexpected_methods = set()
VERIFIERS = [operation for operation in operations() if operation.permission in GRANTS[Role.VERIFIER]]

bounded = hypothesis_settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Service:
    base_url: str
    world: World
    session: requests.Session

    def send(self, case: Case, client: httpx.AsyncClient) -> None:
        operation_id = case.operation.definition.raw["operationId"]
        case.path_parameters = self.world.known(operation_id, case.path_parameters)
        case.body = self.world.known(operation_id, case.body)
        headers = {"Authorization": client.headers["Authorization"]}
        if "If-Match" in case.headers:
            read = self.session.get(self.base_url + case.formatted_path, headers=headers)
            headers["If-Match"] = read.headers.get("ETag", case.headers["If-Match"])
        checks = CHECKS_OF_STREAMS if operation_id == "followSession" else CHECKS
        case.call_and_validate(base_url=self.base_url, session=self.session, headers=headers, checks=checks)


@pytest.fixture(scope="module")
async def service(app: FastAPI, context: AppContext, settings: Settings) -> AsyncIterator[Service]:
    async with make_world(app, context) as world, running_api(settings, **SHORT_STREAMS) as base_url:
        with requests.Session() as session:
            yield Service(base_url, world, session)


@contract.parametrize()
@bounded
def test_an_administrator_gets_documented_answers(case: Case, service: Service) -> None:
    service.send(case, service.world.centre.admin)


@pytest.mark.parametrize("operation", VERIFIERS, ids=str)
def test_a_verifier_gets_documented_answers(operation: Operation, service: Service) -> None:
    @given(case=contract[operation.path][operation.method].as_strategy())
    @bounded
    def check(case: Case) -> None:
        service.send(case, service.world.centre.verifier)

    check()
