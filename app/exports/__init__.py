"""Everything of a tenant, or some of its tables, as files in an archive that can be downloaded for some days."""

from app.exports.errors import ExportGone, ExportNotReady, TooManyExports
from app.exports.jobs import MEDIA_TYPE, WRITE_EXPORT
from app.exports.removing import REMOVE_FILES
from app.exports.service import delete_export, file_of_export, get_export, list_exports, record_download, request_export
from app.exports.tables import TABLE_NAMES
from app.exports.types import Export, ExportFormat, ExportState, NewExport

__all__ = [
    "MEDIA_TYPE",
    "REMOVE_FILES",
    "TABLE_NAMES",
    "WRITE_EXPORT",
    "Export",
    "ExportFormat",
    "ExportGone",
    "ExportNotReady",
    "ExportState",
    "NewExport",
    "TooManyExports",
    "delete_export",
    "file_of_export",
    "get_export",
    "list_exports",
    "record_download",
    "request_export",
]
