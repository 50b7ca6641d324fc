"""The errors of exports."""

from app.jobs import PermanentFailure
from app.platform.errors import Conflict


class TooManyExports(Conflict):
    code = "too_many_exports"
    title = "Other exports are not finished yet"


class ExportNotReady(Conflict):
    code = "export_not_ready"
    title = "The export is not ready"


class ExportGone(Conflict):
    code = "export_gone"
    title = "The file of the export was removed"


class ExportStopped(PermanentFailure):
    """The export was cancelled while it was written."""


class UnknownColumnType(TypeError):
    """A column has a type that no file format of exports has a type for."""
