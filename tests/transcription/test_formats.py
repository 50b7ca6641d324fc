"""A transcript as subtitles and as text."""

from app.transcription.formats import to_srt, to_txt, to_vtt
from app.transcription.types import Segment, Speaker

CALL = (
    Segment(1, 0, Speaker.AGENT, 0.5, 2.0, "Is 3 < 4 & 5 --> 6?", 0.9),
    Segment(2, 1, Speaker.UNKNOWN, 3661.0, 3662.9996, "Да.", 0.9),
)


def test_vtt_names_voices_and_escapes_markup() -> None:
    assert to_vtt(CALL) == (
        "WEBVTT\n\n"
        "1\n00:00:00.500 --> 00:00:02.000\n<v agent>Is 3 &lt; 4 &amp; 5 --&gt; 6?\n\n"
        "2\n01:01:01.000 --> 01:01:03.000\nДа.\n"
    )


def test_srt_uses_commas_and_plain_text() -> None:
    assert to_srt(CALL) == (
        "1\n00:00:00,500 --> 00:00:02,000\nagent: Is 3 < 4 & 5 --> 6?\n\n2\n01:01:01,000 --> 01:01:03,000\nДа.\n"
    )


def test_txt_is_one_line_a_segment() -> None:
    assert to_txt(CALL) == "[00:00:00] agent: Is 3 < 4 & 5 --> 6?\n[01:01:01] Да.\n"
