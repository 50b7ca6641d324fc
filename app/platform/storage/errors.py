"""Errors of object stores."""

from app.platform.errors import NotFound


class ObjectMissing(NotFound):
    code, title = "object_missing", "The stored file is missing"

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key}")
