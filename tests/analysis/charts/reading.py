"""Reading reports over HTTP."""

import csv
import io
from typing import Any

import httpx

from tests.analysis.factories import NOVEMBER


async def read_report(client: httpx.AsyncClient, name: str, **params: Any) -> Any:
    """The report of November, or of the period that the parameters give."""
    answer = await client.get(f"/v1/reports/{name}", params=NOVEMBER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read_file(client: httpx.AsyncClient, name: str, **params: Any) -> list[dict[str, str]]:
    """The rows of the same report as CSV."""
    answer = await client.get(f"/v1/reports/{name}", params=NOVEMBER | params | {"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))
