"""Recordings in a real S3 server: the address of the file is given, not the file."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import httpx
import pytest

from app import main
from app.api.context import AppContext
from app.platform.settings import Settings
from app.platform.storage.s3 import create_client
from tests.calls.factories import push_call, tone
from tests.people import Centre, make_centre
from tests.seaweed import running_seaweed


@pytest.fixture(scope="module")
def s3_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with running_seaweed(tmp_path_factory.mktemp("s3")) as seaweed, pytest.MonkeyPatch.context() as patch:
        for name, value in seaweed.environment.items():
            patch.setenv(name, value)
        in_s3 = {"storage": "s3", "s3_bucket": "recordings", "s3_endpoint_url": seaweed.endpoint_url}
        yield settings.model_copy(update=in_s3)


@pytest.fixture(scope="module")
async def s3_centre(s3_settings: Settings) -> AsyncIterator[Centre]:
    """A tenant of an application that keeps its objects in S3."""
    application = main.create(s3_settings)
    async with application.router.lifespan_context(application):
        context: AppContext = application.state.context
        await context.store.prepare()
        async with make_centre(application, context) as centre:
            yield centre


def keys(settings: Settings, centre: Centre) -> list[str]:
    """What the tenant has in the bucket."""
    with closing(create_client(endpoint_url=settings.s3_endpoint_url, region=settings.s3_region)) as client:
        found = client.list_objects_v2(Bucket="recordings", Prefix=str(centre.tenant_id)).get("Contents", [])
    return [one["Key"] for one in found]


async def test_listening_leads_to_a_signed_url_that_gives_the_bytes(s3_centre: Centre) -> None:
    call = await push_call(s3_centre.admin, s3_centre.project_id)
    url = f"/v1/calls/{call['id']}/recording"
    assert (await s3_centre.admin.put(url, content=tone())).status_code == 201
    led = await s3_centre.verifier.get(url)
    assert (led.status_code, led.headers["Cache-Control"]) == (307, "no-store")
    async with httpx.AsyncClient() as anyone:
        assert (await anyone.get(led.headers["Location"])).content == tone()
        part = await anyone.get(led.headers["Location"], headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, tone()[10:20])
        unsigned = led.headers["Location"].partition("?")[0]
        assert (await anyone.get(unsigned)).status_code == 403


async def test_the_size_of_a_recording_is_told_without_leading_away(s3_centre: Centre) -> None:
    call = await push_call(s3_centre.admin, s3_centre.project_id)
    url = f"/v1/calls/{call['id']}/recording"
    await s3_centre.admin.put(url, content=tone())
    head = await s3_centre.verifier.head(url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(tone())))


async def test_what_is_refused_is_not_kept_in_the_bucket(s3_centre: Centre, s3_settings: Settings) -> None:
    call = await push_call(s3_centre.admin, s3_centre.project_id)
    url = f"/v1/calls/{call['id']}/recording"
    stored = await s3_centre.admin.put(url, content=tone())
    kept = keys(s3_settings, s3_centre)
    assert f"{s3_centre.tenant_id}/recordings/{stored.json()['id']}" in kept
    assert (await s3_centre.admin.put(url, content=b"not audio")).status_code == 415
    assert keys(s3_settings, s3_centre) == kept
