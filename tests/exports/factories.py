"""Exports to test with: asked for over HTTP, written by the real job, downloaded."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pyarrow.parquet as pq

from app.api.context import AppContext
from app.wiring import connect
from tests.people import Centre
from tests.running import run_job

EXPORTS = "/v1/exports"


@dataclass(frozen=True)
class Downloaded:
    """An export as the API describes it, and its archive."""

    export: dict[str, Any]
    content: bytes

    @property
    def zip(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.content))

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.zip.read("manifest.json"))
        return manifest

    def table(self, name: str) -> dict[str, Any]:
        """What the manifest says of a table."""
        found: dict[str, Any]
        (found,) = (table for table in self.manifest["tables"] if table["name"] == name)
        return found

    def file(self, name: str) -> bytes:
        return self.zip.read(self.table(name)["file"])

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table, as its format has them."""
        content = self.file(name)
        match self.export["format"]:
            case "csv":
                return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
            case "jsonl":
                return [json.loads(line) for line in content.splitlines()]
            case _:
                rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
                return rows


async def ask(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """An export that is asked for: everything as JSON lines if nothing else is said."""
    asked = await client.post(EXPORTS, json={"what": "everything", "format": "jsonl"} | body)
    assert asked.status_code == 202, asked.text
    export: dict[str, Any] = asked.json()
    return export


async def read(client: httpx.AsyncClient, export: Mapping[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"{EXPORTS}/{export['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def write(context: AppContext, centre: Centre, export: Mapping[str, Any], **resources: Any) -> dict[str, Any]:
    """Run the job of an export once; the export after it."""
    connect(context.settings)
    await run_job(context, centre.tenant_id, export["job_id"], **resources)
    return await read(centre.admin, export)


async def exported(context: AppContext, centre: Centre, **body: Any) -> Downloaded:
    """An export from the request to the downloaded archive."""
    ready = await write(context, centre, await ask(centre.admin, **body))
    assert ready["state"] == "ready", ready
    return await download(centre.admin, ready)


async def download(client: httpx.AsyncClient, export: dict[str, Any]) -> Downloaded:
    answer = await client.get(f"{EXPORTS}/{export['id']}/download")
    assert answer.status_code == 200, answer.text
    return Downloaded(export, answer.content)
