"""Card numbers never reach the database, however recognition writes them."""

import pytest

from app.transcription.redaction import MASK, redact


@pytest.mark.parametrize(
    "number",
    [
        "4539172839468237",
        "4539 1728 3946 8237",
        "4539-1728-3946-8237",
        "4-5-3-9-1-7-2-8-3-9-4-6-8-2-3-7",
        "4539, 1728, 3946, 8237",
        "45391 7283 9468 237",
        "3782 822463 10005",
        "4539 1728 3946 82377",
    ],
)
def test_a_card_number_is_masked_however_it_is_written(number: str) -> None:
    assert redact(f"It is {number}, thank you.") == f"It is {MASK}, thank you."


@pytest.mark.parametrize(
    "text",
    ["Call 8 800 555 35 35 now.", "It cost 1,250.00 in 2026.", "On 21.11.2026 at 10:30.", "Order 12345678901."],
)
def test_other_numbers_stay(text: str) -> None:
    assert redact(text) == text
