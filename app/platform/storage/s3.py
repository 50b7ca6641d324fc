"""Objects in a bucket of any server that speaks S3."""

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import boto3
import structlog
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.platform.errors import RangeNotSatisfiable, Unavailable
from app.platform.storage.errors import ObjectMissing
from app.platform.storage.port import ObjectStore, StoredObject, check_move, checked_key
from app.platform.storage.streaming import THREADS, in_thread, pour, receive

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# A part is what an upload holds in memory. S3 takes 10,000 parts of at least 5 MiB: objects up to 78 GiB.
PART_BYTES = 8 * 1024 * 1024
READ_BYTES = 1024 * 1024
# The server copies; one request may name 5 GiB at most and has to be answered within the read time-out.
COPY_PART_BYTES = 32 * 1024 * 1024

_log = structlog.get_logger()


def create_client(*, endpoint_url: str | None, region: str) -> "S3Client":
    """A client with the credentials of boto's usual chain: environment, shared file, instance role."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=THREADS,
    )
    if endpoint_url:
        # Not Amazon's: such servers need neither know bucket host names nor Amazon's newer checksums.
        config = config.merge(
            Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
        )
    return boto3.Session().client("s3", endpoint_url=endpoint_url, region_name=region, config=config)


class S3Store(ObjectStore):
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, max_bytes: int) -> StoredObject:
        draft = _UploadDraft(self._client, self._bucket, checked_key(key), media_type)
        with _translated(key):
            return await receive(draft, chunks, block_bytes=PART_BYTES, max_bytes=max_bytes)

    def open_range(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        return pour(_ObjectSource(self._client, self._bucket, checked_key(key), start, end))

    async def size(self, key: str) -> int:
        with _translated(key):
            head = await in_thread(self._client.head_object, Bucket=self._bucket, Key=checked_key(key))
        return head["ContentLength"]

    async def move(self, source: str, target: str) -> None:
        check_move(source, target)
        with _translated(source):
            await in_thread(_move, self._client, self._bucket, source, target)

    async def delete(self, key: str) -> None:
        with _translated(key):
            await in_thread(self._client.delete_object, Bucket=self._bucket, Key=checked_key(key))

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        size = await self.size(key)
        path = Path(tempfile.gettempdir()) / f"qmt-{uuid4().hex}"
        try:
            await in_thread(path.touch, mode=0o600, exist_ok=False)
            async with aclosing(self.open_range(key, 0, size)) as blocks:
                async for block in blocks:
                    await in_thread(_append, path, block)
            yield path
        finally:
            await in_thread(path.unlink, missing_ok=True)

    async def signed_url(self, key: str, expires_s: int) -> str | None:
        # In a thread as well: the credentials may have to be fetched.
        return await in_thread(
            self._client.generate_presigned_url,
            "get_object",
            Params={"Bucket": self._bucket, "Key": checked_key(key)},
            ExpiresIn=expires_s,
        )

    async def prepare(self) -> None:
        with _translated(self._bucket):
            await in_thread(_ensure_bucket, self._client, self._bucket)

    async def check(self) -> None:
        try:
            await in_thread(self._client.head_bucket, Bucket=self._bucket)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"objects cannot be stored: {error}") from error

    async def close(self) -> None:
        await in_thread(self._client.close)


class _UploadDraft:
    """One PutObject for what fits into a part, a multipart upload for the rest."""

    def __init__(self, client: "S3Client", bucket: str, key: str, media_type: str) -> None:
        self.key = key
        self._client = client
        self._bucket = bucket
        self._media_type = media_type
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._single = b""
        self._published = False

    def write(self, block: bytes) -> None:
        if self._upload_id is None and len(block) < PART_BYTES:
            self._single = block  # the only one: a block is short only at the end
        else:
            self._add_part(block)

    def publish(self) -> None:
        self._published = True
        if self._upload_id is None:
            self._client.put_object(Bucket=self._bucket, Key=self.key, Body=self._single, ContentType=self._media_type)
        else:
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=self.key,
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},
            )

    def discard(self) -> None:
        try:
            if self._upload_id is not None:
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=self.key, UploadId=self._upload_id)
            if self._published:
                self._client.delete_object(Bucket=self._bucket, Key=self.key)
        except (BotoCoreError, ClientError) as error:
            # The failure that led here is the one to report.
            _log.warning("upload_not_discarded", key=self.key, upload_id=self._upload_id, error=str(error))

    def _add_part(self, block: bytes) -> None:
        if self._upload_id is None:
            self._upload_id = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=self.key, ContentType=self._media_type
            )["UploadId"]
        number = len(self._parts) + 1
        part = self._client.upload_part(
            Bucket=self._bucket, Key=self.key, UploadId=self._upload_id, PartNumber=number, Body=block
        )
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})


class _ObjectSource:
    def __init__(self, client: "S3Client", bucket: str, key: str, start: int, end: int) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._start = start
        self._end = end
        self._body: StreamingBody | None = None

    def open(self) -> None:
        with _translated(self._key):
            there = 0 <= self._start <= self._end and self._request()
        if not there:
            raise RangeNotSatisfiable("the file is shorter")

    def read(self) -> bytes:
        if self._body is None:
            return b""
        with _translated(self._key):
            return self._body.read(READ_BYTES)

    def close(self) -> None:
        if self._body is not None:
            self._body.close()

    def _request(self) -> bool:
        """Ask for the range, if only for its existence; whether all of it is there."""
        if self._start == self._end:  # HTTP has no empty ranges
            head = self._client.head_object(Bucket=self._bucket, Key=self._key)
            return self._end <= head["ContentLength"]
        answer = self._client.get_object(
            Bucket=self._bucket, Key=self._key, Range=f"bytes={self._start}-{self._end - 1}"
        )
        self._body = answer["Body"]
        return answer["ContentLength"] == self._end - self._start


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Boto's errors as ours."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("404", "NoSuchKey"):
            raise ObjectMissing(key) from error
        if code in ("416", "InvalidRange"):
            raise RangeNotSatisfiable("the file is shorter") from error
        raise Unavailable(f"the object store answers {code}") from error
    except BotoCoreError as error:
        raise Unavailable("the object store does not answer") from error


def _move(client: "S3Client", bucket: str, source: str, target: str) -> None:
    in_parts = TransferConfig(multipart_threshold=COPY_PART_BYTES, multipart_chunksize=COPY_PART_BYTES)
    client.copy({"Bucket": bucket, "Key": source}, bucket, target, Config=in_parts)
    client.delete_object(Bucket=bucket, Key=source)


def _ensure_bucket(client: "S3Client", bucket: str) -> None:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        _create_bucket(client, bucket)


def _create_bucket(client: "S3Client", bucket: str) -> None:
    region = client.meta.region_name
    if region == "us-east-1":  # S3's first region, which has no name as a location
        client.create_bucket(Bucket=bucket)
    else:
        location = cast("BucketLocationConstraintType", region)
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": location})


def _append(path: Path, block: bytes) -> None:
    with path.open("ab") as file:
        file.write(block)
