"""Where recordings and other large files lie: a directory, or any server that speaks S3, under the same keys."""

from app.platform.storage.errors import ObjectMissing
from app.platform.storage.factory import create_store
from app.platform.storage.port import ObjectStore, StoredObject

__all__ = ["ObjectMissing", "ObjectStore", "StoredObject", "create_store"]
