"""Tables as files: nothing in them runs when a spreadsheet opens them."""

import csv
import io

import pytest

from app.api.tables import Cell, csv_response


def written(*cells: Cell) -> list[str]:
    body = bytes(csv_response("table", ["cell"] * len(cells), [cells]).body).decode()
    return list(csv.reader(io.StringIO(body, newline="")))[1]


@pytest.mark.parametrize("cell", ["=1+1", "+7 900", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-2+3"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert written(cell) == ["'" + cell]


@pytest.mark.parametrize("cell", ["-5", "+3.25", "-0,5", "Ann = Bob", "a@b.example", ""])
def test_numbers_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert written(cell, "end") == [cell, "end"]


def test_numbers_are_numbers_and_nothing_is_an_empty_cell() -> None:
    assert written(-1.5, None, 3) == ["-1.5", "", "3"]


def test_commas_quotes_and_line_ends_stay_in_their_cell() -> None:
    assert written('a,"b"', "two\r\nlines", "Ёлка") == ['a,"b"', "two\r\nlines", "Ёлка"]
