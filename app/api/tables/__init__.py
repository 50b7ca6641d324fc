"""Reports as answers: which format the client asks for, the JSON schema and the JSON, and files."""

from app.api.tables.answers import answer_with_file, answers_with, file_answer, files_of, render, to_wire, wire_model
from app.api.tables.formats import (
    JSON,
    MEDIA_TYPES,
    PARQUET,
    PDF,
    XLSX,
    FormatDep,
    PrintFormatDep,
    ReportFormatDep,
    WantedFormat,
)

__all__ = [
    "JSON",
    "MEDIA_TYPES",
    "PARQUET",
    "PDF",
    "XLSX",
    "FormatDep",
    "PrintFormatDep",
    "ReportFormatDep",
    "WantedFormat",
    "answer_with_file",
    "answers_with",
    "file_answer",
    "files_of",
    "render",
    "to_wire",
    "wire_model",
]
