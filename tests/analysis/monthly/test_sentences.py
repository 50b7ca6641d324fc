"""What the figures of a month say: no more than their intervals carry, in correct English and Russian."""

from collections.abc import Sequence
from datetime import date

import pytest

from app.analysis.monthly.comparing import Change, Compared, Since, WeekLevel, change, level_since, overlap
from app.analysis.monthly.figure_sentences import process_sentences, quality_sentences
from app.analysis.monthly.list_sentences import (
    CoverageCounts,
    ItemErrors,
    agent_sentences,
    coverage_sentences,
    item_sentences,
)
from app.calibration import Language
from app.statistics import Estimate
from app.statistics.attribution import Verdict

EN, RU = Language.ENGLISH, Language.RUSSIAN
NOVEMBER = date(2026, 11, 1)
POINTS = Estimate(82.43, 80.9, 83.9)
NO_INTERVAL = Estimate(80.0, None, None)


def plain(sentences: Sequence[str]) -> list[str]:
    return [sentence.replace("\u00a0", " ") for sentence in sentences]


def quality(now: Estimate | None, before: Estimate | None, language: Language, *weeks: WeekLevel) -> list[str]:
    return plain(quality_sentences(Compared(NOVEMBER, now, before), weeks, language))


def process(now: Estimate | None, before: Estimate | None, language: Language, *, marks: bool = False) -> list[str]:
    return plain(process_sentences(Compared(NOVEMBER, now, before), language, provisional=marks))


class TestComparing:
    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (Estimate(70, 60, 80.8), False),
            (Estimate(70, 60, 80.9), True),
            (Estimate(85, 83.9, 90), True),
            (Estimate(85, 84.0, 90), False),
            (Estimate(82, 81, 83), True),
            (NO_INTERVAL, None),
        ],
    )
    def test_intervals_overlap_or_not(self, other: Estimate, expected: bool | None) -> None:
        assert overlap(POINTS, other) is expected
        assert overlap(other, POINTS) is expected

    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            (None, Change.NO_FIGURE_BEFORE),
            (NO_INTERVAL, Change.NO_INTERVAL),
            (Estimate(81, 79, 83), Change.NOT_VISIBLE),
            (Estimate(70, 69, 71), Change.MORE),
            (Estimate(90, 89, 91), Change.LESS),
        ],
    )
    def test_a_change_is_visible_if_they_do_not(self, before: Estimate | None, expected: Change) -> None:
        assert change(POINTS, before) is expected

    @pytest.mark.parametrize(
        ("month", "before"), [(date(2026, 1, 1), date(2025, 12, 1)), (date(2026, 3, 31), date(2026, 2, 1))]
    )
    def test_the_month_before(self, month: date, before: date) -> None:
        assert Compared(month, None, None).month_before == before

    def test_the_level_holds_since_the_first_of_the_last_weeks_in_a_row(self) -> None:
        at, off = Estimate(82, 80, 84), Estimate(60, 58, 62)
        weeks = [WeekLevel(f"2026-W{week}", one) for week, one in zip(range(40, 44), (at, off, at, at), strict=True)]
        assert level_since(weeks, POINTS) == Since("2026-W42", at_least=False)
        assert level_since(weeks[2:], POINTS) == Since("2026-W42", at_least=True)
        assert level_since([*weeks, WeekLevel("2026-W44", off)], POINTS) is None
        assert level_since([], POINTS) is None

    def test_weeks_without_an_interval_are_passed_over(self) -> None:
        at, off = Estimate(82, 80, 84), Estimate(60, 58, 62)
        figures = (off, at, None, NO_INTERVAL, at)
        weeks = [WeekLevel(f"2026-W{week}", one) for week, one in enumerate(figures, start=40)]
        assert level_since(weeks, POINTS) == Since("2026-W41", at_least=False)
        assert level_since(weeks[2:4], POINTS) is None
        assert level_since(weeks, NO_INTERVAL) is None


class TestQuality:
    def test_no_visible_difference(self) -> None:
        before, week = Estimate(81.0, 79.0, 83.0), WeekLevel("2026-W45", Estimate(82, 80, 84))
        assert quality(POINTS, before, EN, week) == [
            "The mean score of all calls in November 2026 is 82.4 points (95 % interval 80.9 to 83.9).",
            "There is no visible difference from the figure in October 2026 (81.0 points): the intervals overlap; it "
            "has been at this level since week 2026-W45 at least.",
        ]
        assert quality(POINTS, before, RU, WeekLevel("2026-W44", Estimate(1, 1, 1)), week) == [
            "Средняя оценка всех звонков в ноябре 2026 – 82,4 балла (95 %-интервал от 80,9 до 83,9).",
            "Видимой разницы с показателем в октябре 2026 (81,0 балла) нет: интервалы пересекаются; на этом уровне она "
            "с недели 2026-W45.",
        ]

    def test_a_visible_difference_has_a_direction(self) -> None:
        low, high = Estimate(70, 69, 71), Estimate(90, 89, 91)
        assert quality(POINTS, low, EN)[1] == (
            "That is 12.4 points higher than in October 2026 (70.0 points), and the intervals do not overlap."
        )
        assert "lower than in October 2026 (90.0 points)" in quality(POINTS, high, EN)[1]
        assert quality(POINTS, low, RU)[1] == (
            "Это на 12,4 балла выше, чем в октябре 2026 (70,0 балла), и интервалы не пересекаются."
        )
        assert "ниже, чем в октябре 2026 (90,0 балла)" in quality(POINTS, high, RU)[1]

    def test_what_does_not_exist_is_not_compared(self) -> None:
        assert quality(None, POINTS, EN)[0] == "There is no mean score in November 2026: no drawn call has one yet."
        assert quality(POINTS, None, EN)[1] == "There is no such figure in October 2026, so nothing to compare with."
        assert quality(POINTS, None, RU)[1] == "Сравнить не с чем: в октябре 2026 такого показателя нет."
        assert "one evaluation gives no interval" in quality(NO_INTERVAL, POINTS, EN)[0]
        assert "cannot be said" in quality(NO_INTERVAL, POINTS, EN)[1]
        assert "сказать нельзя" in quality(POINTS, NO_INTERVAL, RU)[1]

    @pytest.mark.parametrize("language", Language)
    @pytest.mark.parametrize("now", [None, NO_INTERVAL, POINTS])
    @pytest.mark.parametrize("before", [None, NO_INTERVAL, POINTS, Estimate(1, 1, 1)])
    def test_there_are_two_sentences(self, now: Estimate | None, before: Estimate | None, language: Language) -> None:
        for sentences in (quality(now, before, language), process(now, before, language)):
            assert len(sentences) == 2
            assert all(sentence.endswith(".") and ".." not in sentence for sentence in sentences)


class TestProcess:
    @pytest.mark.parametrize(
        ("share", "english", "russian"),
        [
            (Estimate(0.62, 0.55, 0.69), "most of them are the process's", "большинство – ошибки процесса"),
            (Estimate(0.31, 0.2, 0.45), "most of them are not the process's", "большинство – не ошибки процесса"),
            (Estimate(0.55, 0.4, 0.7), "it is not clear yet whose most of them are", "пока неясно, чьих ошибок больш"),
        ],
    )
    def test_whose_most_errors_are_is_said_if_the_interval_does(
        self, share: Estimate, english: str, russian: str
    ) -> None:
        assert english in process(share, None, EN)[0]
        assert russian in process(share, None, RU)[0]

    def test_in_full(self) -> None:
        now, before = Estimate(0.62, 0.55, 0.69), Estimate(0.4, 0.3, 0.5)
        assert process(now, before, EN, marks=True) == [
            "The process caused 62 % of all errors in November 2026 (95 % interval 55 % to 69 %), as the verifiers "
            "marked them: most of them are the process's.",
            "The share is larger than in October 2026 (40 %), and the intervals do not overlap.",
        ]
        assert process(now, before, RU) == [
            "Процесс вызвал 62 % всех ошибок в ноябре 2026 (95 %-интервал от 55 % до 69 %): большинство – ошибки "
            "процесса.",
            "Эта доля больше, чем в октябре 2026 (40 %), и интервалы не пересекаются.",
        ]
        assert "no visible difference" in process(now, Estimate(0.6, 0.5, 0.7), EN)[1]
        assert process(None, now, RU)[0] == "Ошибок в ноябре 2026 не найдено."


class TestItems:
    def test_the_vital_few(self) -> None:
        items = [
            ItemErrors(f"Item {place}", errors, None) for place, errors in enumerate((10.0, 50.0, 30.0, 10.0, 0.0))
        ]
        assert plain(item_sentences(items, EN)) == [
            "2 of 4 items with errors make up 80 % of them.",
            "“Item 1” has the most, 50 % of all errors; it is not clear yet whose they are.",
        ]
        assert plain(item_sentences(items, RU))[0] == "На 2 из 4 пунктов с ошибками приходится 80 % ошибок."

    def test_one_item_of_two_makes_up_most(self) -> None:
        items = [ItemErrors("Hold", 90.0, Verdict.PROCESS), ItemErrors("Name", 10.0, Verdict.AGENT)]
        assert plain(item_sentences(items, EN)) == [
            "1 of 2 items with errors makes up 90 % of them.",
            "“Hold” has the most, 90 % of all errors; they come from the process.",
        ]
        assert plain(item_sentences(items, RU))[1] == (
            "Больше всего – по пункту «Hold», 90 % всех ошибок; их причина – процесс."
        )

    def test_a_single_item(self) -> None:
        assert plain(item_sentences([ItemErrors("Hold", 9.0, Verdict.AGENT)], EN)) == [
            "All errors are at “Hold”.",
            "They are the agents'.",
        ]

    def test_no_errors(self) -> None:
        for nothing in ([], [ItemErrors("Hold", 0.0, None)]):
            assert item_sentences(nothing, EN)[0] == "No item has an error."

    def test_sums_of_floats_take_no_further_item(self) -> None:
        items = [ItemErrors(str(place), errors, None) for place, errors in enumerate((0.1, 0.7, 0.1, 0.1))]
        assert plain(item_sentences(items, EN))[0].startswith("2 of 4 items")


class TestAgents:
    @pytest.mark.parametrize(
        ("count", "english", "russian"),
        [
            (1, "1 agent is outside", "За границами 1 оператор:"),
            (2, "2 agents are outside", "За границами 2 оператора:"),
            (5, "5 agents are outside", "За границами 5 операторов:"),
            (21, "21 agents are outside", "За границами 21 оператор:"),
        ],
    )
    def test_an_agent_counts_once(self, count: int, english: str, russian: str) -> None:
        names = [str(number) for number in range(count)] * 2
        assert plain(agent_sentences(names, EN))[0].startswith(english)
        assert plain(agent_sentences(names, RU))[0].startswith(russian)

    def test_nobody(self) -> None:
        assert agent_sentences([], EN) == [
            "No agent is outside the limits of an item.",
            "No agent differs visibly from the others.",
        ]


class TestCoverage:
    def test_in_full(self) -> None:
        counts = CoverageCounts(2345, 121, 110, 31, 24)
        assert plain(coverage_sentences(counts, EN)) == [
            "Of 2,345 calls, 121 were drawn (5.2 %), and 110 of them are evaluated (91 %).",
            "24 of 31 agents have evaluated calls; 7 have none.",
        ]
        assert plain(coverage_sentences(counts, RU)) == [
            "Из 2 345 звонков отобран 121 (5,2 %), из них оценено 110 (91 %).",
            "Оценённые звонки есть у 24 из 31 оператора; у 7 их нет.",
        ]

    def test_in_the_singular(self) -> None:
        counts = CoverageCounts(21, 1, 1, 2, 1)
        assert plain(coverage_sentences(counts, EN)) == [
            "Of 21 calls, 1 was drawn (4.8 %), and 1 of them is evaluated (100 %).",
            "1 of 2 agents has an evaluated call; 1 has none.",
        ]
        assert plain(coverage_sentences(counts, RU))[0] == "Из 21 звонка отобран 1 (4,8 %), из них оценён 1 (100 %)."

    @pytest.mark.parametrize(
        ("counts", "english", "russian"),
        [
            (CoverageCounts(0, 0, 0, 0, 0), "There are no agents.", "Операторов нет."),
            (CoverageCounts(0, 0, 0, 5, 0), "No agent (5 in all) has", "нет ни у одного оператора (всего 5)"),
            (CoverageCounts(9, 9, 9, 1, 1), "The only agent has", "у всех операторов (1)"),
            (CoverageCounts(9, 9, 9, 5, 5), "All 5 agents have", "у всех операторов (5)"),
        ],
    )
    def test_all_and_none(self, counts: CoverageCounts, english: str, russian: str) -> None:
        assert english in coverage_sentences(counts, EN)[1]
        assert russian in coverage_sentences(counts, RU)[1]

    def test_nothing_was_drawn(self) -> None:
        assert coverage_sentences(CoverageCounts(0, 0, 0, 0, 0), EN)[0] == "No window of this month is drawn yet."
        assert plain(coverage_sentences(CoverageCounts(9, 0, 0, 2, 0), EN))[0] == "None of 9 calls was drawn."
        assert plain(coverage_sentences(CoverageCounts(9, 0, 0, 2, 0), RU))[0] == "Ни один из 9 звонков не отобран."
