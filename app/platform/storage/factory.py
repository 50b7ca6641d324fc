"""The store that the settings name."""

from app.platform.settings import Settings
from app.platform.storage.filesystem import FilesystemStore
from app.platform.storage.port import ObjectStore
from app.platform.storage.s3 import S3Store, create_client


def create_store(settings: Settings) -> ObjectStore:
    if settings.storage == "filesystem":
        return FilesystemStore(settings.objects_dir)
    assert settings.s3_bucket, "the settings require a bucket for S3"
    client = create_client(endpoint_url=settings.s3_endpoint_url, region=settings.s3_region)
    return S3Store(client, settings.s3_bucket)
