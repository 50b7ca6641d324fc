"""The rows of a report as files: CSV, XLSX and Parquet, all from its declared columns."""

from app.analysis.files.csv_file import CsvStyle, csv_file
from app.analysis.files.locales import Locale
from app.analysis.files.parquet import parquet_file
from app.analysis.files.report_file import FileFormat, report_file
from app.analysis.files.workbook import workbook

__all__ = ["CsvStyle", "FileFormat", "Locale", "csv_file", "parquet_file", "report_file", "workbook"]
