"""Comments of precedents name nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calibration.checks.redacting import name_stems, redact_comment

PEOPLE = ["Anna Petrova", "Пётр Сидоров", "Мария Иванова", "Will Li"]


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Anna Petrova did not greet.", "[name] did not greet."),
        ("anna petrova did not greet.", "[name] did not greet."),
        ("As Petrova said, Anna asked.", "As [name] said, [name] asked."),
        ("Сидоров не поздоровался", "[name] не поздоровался"),
        ("У Сидорова нет статьи, Марии Ивановой тоже", "У [name] нет статьи, [name] тоже"),
        ("The agent will call back", "The agent will call back"),
        ("Will said so", "[name] said so"),
        ("Card 4111 1111 1111 1111 was read aloud", "Card [card number] was read aloud"),
        ("Call +7 (916) 123-45-67 or anna.p@example.com", "Call [number] or [e-mail]"),
        ("See 0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2a", "See [id]"),
        ("Call c-981 of agent a-17", "Call [id] of agent [id]"),
        ("Waited 120 seconds, 3 of 30 items, 50 %", "Waited 120 seconds, 3 of 30 items, 50 %"),
        ("Annabel and Wilma", "Annabel and Wilma"),
    ],
)
def test_what_names_somebody_is_masked_and_the_rest_stays(text: str, redacted: str) -> None:
    assert redact_comment(text, PEOPLE, ["c-981", "a-17"]) == redacted


@given(st.text(), st.lists(st.text(max_size=20), max_size=3), st.lists(st.text(min_size=1, max_size=10), max_size=3))
def test_any_text_names_and_identifiers_are_taken(text: str, names: list[str], identifiers: list[str]) -> None:
    assert isinstance(redact_comment(text, names, identifiers), str)


@given(st.sampled_from(PEOPLE), st.text(alphabet="abc .,", max_size=20), st.text(alphabet="abc .,", max_size=20))
def test_a_whole_name_never_stays(name: str, before: str, after: str) -> None:
    assert name not in redact_comment(f"{before} {name} {after}", PEOPLE, [])


def test_names_are_looked_up_by_the_first_letters_of_the_words() -> None:
    assert name_stems(["Anna said: у Сидорова", "no"]) == {"ann", "sai", "сид"}
