"""The printed monthly report: two pages, read back, with the figures and with texts of users as they are."""

import io
from typing import Any

import pypdf
import pytest

from app.analysis.monthly.page import pages
from app.analysis.monthly.printing import monthly_pdf
from app.analysis.monthly.telling import told
from app.analysis.monthly.types import MOST_AGENTS, MonthlyReport
from app.calibration import Language
from app.statistics import Estimate
from tests.analysis.monthly.reports import coverage, item, monthly

EN, RU = Language.ENGLISH, Language.RUSSIAN
LONG = "Предложено верное решение вопроса клиента по актуальной статье базы знаний с проверкой понимания"
EVIL = '#panic("x") *bold* $x^2$ `raw` <label> @ref = Head \\ #read("/etc/passwd")'
POINTS = Estimate(82.43, 80.9, 83.9)
SHARE = Estimate(0.62, 0.55, 0.69)


def read(content: bytes) -> list[str]:
    """The texts of the pages, with single spaces."""
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def full(language: Language) -> MonthlyReport:
    """A report with long titles and names, and more items and agents than the pages have room for."""
    names = [f"Константинопольский-Задунайский Александр {number}" for number in range(12)]
    items = [item(f"{number} {LONG}", 60 - number, 0.7, names, f"{LONG}. {LONG}. {LONG}.") for number in range(30)]
    weeks = [f"2026-W{week}" for week in range(36, 49)]
    return monthly(
        language,
        *items,
        quality=POINTS,
        share=SHARE,
        weeks=[(week, POINTS) for week in weeks],
        shares=[(week, SHARE) for week in weeks],
        project=LONG,
        covered=coverage(2345, 121, 110, 31),
    )


@pytest.mark.parametrize("language", Language)
class TestPages:
    def test_there_are_two_however_much_there_is(self, language: Language) -> None:
        report = full(language)
        first, second = read(monthly_pdf(report))
        sentences = told(report)
        for sentence in (*sentences.quality, *sentences.process, *sentences.coverage):
            assert bare(sentence) in bare(first)
        for sentence in (*sentences.items, *sentences.agents):
            assert bare(sentence) in bare(second)
        assert second.count("Константинопольский") >= MOST_AGENTS

    def test_there_are_two_without_data(self, language: Language) -> None:
        first, _ = read(monthly_pdf(monthly(language)))
        assert {EN: "No data for this period", RU: "данных нет"}[language] in first
        assert {EN: "There are no agents.", RU: "Операторов нет."}[language] in first

    def test_the_file_says_what_it_is(self, language: Language) -> None:
        reader = pypdf.PdfReader(io.BytesIO(monthly_pdf(monthly(language, quality=POINTS))))
        assert reader.metadata is not None
        assert (
            reader.metadata.title
            == {
                EN: "Quality of calls: November 2026",
                RU: "Качество звонков: ноябрь 2026",
            }[language]
        )
        root: Any = reader.trailer["/Root"]
        assert root["/Lang"] == language.value
        assert root["/MarkInfo"]["/Marked"]
        resources: list[Any] = [page["/Resources"] for page in reader.pages]
        fonts = [font.get_object() for one in resources for font in one["/Font"].values()]
        assert fonts
        for font in fonts:
            (inner,) = font["/DescendantFonts"]
            assert "DejaVuSans" in font["/BaseFont"]
            assert inner.get_object()["/FontDescriptor"].get_object().keys() & {"/FontFile2", "/FontFile3"}


def bare(text: str) -> str:
    """The text without spaces and hyphens, which stand at the ends of lines, too."""
    return "".join(letter for letter in text if not letter.isspace() and letter not in "-\u00ad\u200b")


class TestFigures:
    def test_the_pages_have_them(self) -> None:
        report = monthly(
            EN, item("Hold", 30, 0.9, ["Ann Lee"]), quality=POINTS, share=SHARE, covered=coverage(2345, 121, 110, 31)
        )
        first, second = read(monthly_pdf(report))
        for figure in ("82.4", "80.9 – 83.9", "62 %", "55 % – 69 %", "6.1", "5.2 – 7.0", "110", "of 2,345", "of 31"):
            assert figure in first
        # 30 of 120 answers, 2000 calls.
        assert "Hold 500 90 % process Change the process behind" in second
        assert "Ann Lee Hold 7 37 %" in second

    def test_the_text_beside_a_picture_is_its_alternative(self) -> None:
        quality, process, *_ = pages(monthly(EN, quality=POINTS, share=SHARE))["first"]
        for block in (quality, process):
            assert all(sentence in block["alt"] for sentence in block["sentences"])

    def test_a_month_that_is_not_over_says_so(self) -> None:
        for complete, said in ((True, False), (False, True)):
            report = monthly(EN, quality=POINTS, complete=complete)
            assert ("the month is not over" in pages(report)["subtitle"]) is said

    def test_one_figure_without_an_interval(self) -> None:
        card = pages(monthly(EN, quality=Estimate(70.0, None, None)))["cards"][0]
        assert (card["value"], card["note"]) == ("70.0", "no interval")


class TestTextsOfUsers:
    def test_they_are_no_markup(self) -> None:
        report = monthly(
            EN,
            item(EVIL, 9, 0.9, [EVIL], EVIL),
            quality=POINTS,
            share=SHARE,
            shares=[("2026-W45", SHARE)],
            project=EVIL,
        )
        first, second = read(monthly_pdf(report))
        assert f"project: {EVIL}" in first
        assert f"All errors are at “{EVIL}”." in second
        assert "root:" not in first + second

    @pytest.mark.filterwarnings("ignore:Glyph")
    def test_letters_that_the_fonts_lack_are_no_error(self) -> None:
        first, _ = read(
            monthly_pdf(monthly(EN, item("客服 🙂 \u202e", 3, 0.9), quality=POINTS, project="客服 🙂\u0001"))
        )
        assert "Quality of calls" in first
