"""What holds for every operation of the contract."""

import json
from pathlib import Path

import httpx
import pytest

from app.identity import PERMISSIONS
from tests.contract import DOCUMENT, METHODS, Operation, operations
from tests.identity.factories import problem

# Reached without a credential, each for a reason: one signs in, and probes and scrapers have no account.
PUBLIC = {"signIn", "getHealth", "getReadiness", "getMetrics"}
COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "openapi.json"

every_operation = pytest.mark.parametrize("operation", operations(), ids=str)


def test_the_committed_document_is_the_one_the_code_makes() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT


def test_operation_ids_are_unique() -> None:
    ids = [operation.id for operation in operations()]
    assert len(ids) == len(set(ids))


@every_operation
def test_every_operation_is_private_or_named_as_public(operation: Operation) -> None:
    assert (operation.id in PUBLIC) == (operation.permission is None)
    assert operation.permission is None or operation.permission in PERMISSIONS
    assert operation.spec["security"] == ([] if operation.id in PUBLIC else [{"bearer": []}])


@every_operation
def test_every_operation_says_what_it_does(operation: Operation) -> None:
    assert operation.id[0].islower()
    assert operation.spec["description"]
    assert operation.spec["tags"]


@every_operation
def test_every_private_operation_documents_the_common_problems(operation: Operation) -> None:
    if operation.permission is None:
        return
    documented = set(operation.spec["responses"])
    assert {"401", "403", "422", "429"} <= documented
    for status, response in operation.spec["responses"].items():
        if status.startswith(("4", "5")):
            assert "application/problem+json" in response["content"], status


@every_operation
def test_every_lookup_by_id_documents_that_it_may_be_missing(operation: Operation) -> None:
    if operation.path_ids:
        assert "404" in operation.spec["responses"]


@every_operation
def test_every_change_needs_the_version_that_was_read(operation: Operation) -> None:
    if operation.method == "patch":
        assert operation.needs_if_match
        assert {"412", "428"} <= set(operation.spec["responses"])


@every_operation
def test_every_body_has_an_example(operation: Operation) -> None:
    assert operation.body or not operation.content


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
async def test_methods_that_are_not_served_are_named_as_such(path: str, stranger: httpx.AsyncClient) -> None:
    # A literal part of one address may be the id in another: both are asked for.
    served = {operation.method for operation in operations() if operation.matches(path)}
    for method in {*METHODS, "options", "trace"} - served:
        refused = await stranger.request(method, path)
        assert refused.status_code == 405, method
        assert set(refused.headers["Allow"].lower().split(", ")) <= served
        if method != "head":
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert problem(refused) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/calls/", "/v2/calls"])
async def test_an_unknown_address_is_a_problem_like_any_other(path: str, stranger: httpx.AsyncClient) -> None:
    refused = await stranger.get(path)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert problem(refused) == (404, "not_found")
