"""The conversation that is made of the words of its channels."""

from app.transcription.interleave import interleave
from app.transcription.types import Speaker, Word

BOTH = (Speaker.AGENT, Speaker.CUSTOMER)


def spoken(text: str, start_s: float, word_s: float = 0.4, pause_s: float = 0.1) -> list[Word]:
    step = word_s + pause_s
    return [
        Word(start_s + index * step, start_s + index * step + word_s, f" {word}", 0.9)
        for index, word in enumerate(text.split())
    ]


def conversation(*channels: list[Word]) -> list[tuple[int, str]]:
    return [(segment.channel, segment.text) for segment in interleave(channels, BOTH[: len(channels)])]


def test_turns_come_in_the_order_in_which_they_begin() -> None:
    agent = spoken("How can I help?", 0) + spoken("Of course.", 6)
    customer = spoken("Block my card please.", 3)
    assert conversation(agent, customer) == [(0, "How can I help?"), (1, "Block my card please."), (0, "Of course.")]


def test_a_reply_inside_a_long_passage_cuts_it_where_it_was_given() -> None:
    agent = spoken("first open the settings then choose your plan", 0)
    customer = spoken("yes", 1.9)
    assert conversation(agent, customer) == [
        (0, "first open the settings"),
        (1, "yes"),
        (0, "then choose your plan"),
    ]


def test_a_speaker_who_begins_before_the_other_has_finished_does_not_cut_the_last_word_off() -> None:
    agent = spoken("how can I help you", 0)
    customer = spoken("I would like to close my account", 2.2)
    assert conversation(agent, customer) == [(0, "how can I help you"), (1, "I would like to close my account")]


def test_a_long_pause_ends_an_utterance() -> None:
    assert conversation(spoken("one moment", 0) + spoken("here it is", 2.0)) == [(0, "one moment"), (0, "here it is")]


def test_a_short_pause_does_not_end_an_utterance() -> None:
    assert conversation(spoken("one moment", 0) + spoken("here it is", 1.8)) == [(0, "one moment here it is")]


def test_a_full_stop_with_a_pause_ends_an_utterance() -> None:
    assert conversation(spoken("One moment.", 0) + spoken("Here it is.", 1.8)) == [
        (0, "One moment."),
        (0, "Here it is."),
    ]


def test_a_monologue_without_pauses_is_cut_at_a_sentence() -> None:
    sentence = "this is a sentence of ten words without a pause."
    turns = conversation(spoken(" ".join([sentence] * 5), 0))
    assert [text.count("pause.") for _, text in turns] == [4, 1]


def test_segments_carry_times_speaker_number_and_mean_confidence() -> None:
    words = [Word(1.0, 1.5, " Hello", 0.8), Word(1.6, 2.0, " there.", 0.6)]
    (segment,) = interleave([[], words], BOTH)
    assert (segment.id, segment.channel, segment.speaker) == (1, 1, Speaker.CUSTOMER)
    assert (segment.start_s, segment.end_s, segment.confidence) == (1.0, 2.0, 0.7)


def test_words_that_are_written_together_stay_together() -> None:
    assert conversation([Word(0.0, 0.2, " что", 0.9), Word(0.2, 0.4, "-то", 0.9)]) == [(0, "что-то")]


def test_no_words_make_no_segments() -> None:
    assert conversation([], []) == []
