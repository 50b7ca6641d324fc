"""Small files that look like recordings and make a careless reader take gigabytes, minutes, or leave."""

import struct

_IDENTITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def wav(
    *,
    sample_rate: int = 8000,
    codec_tag: int = 1,
    channels: int = 1,
    block_align: int = 2,
    bits: int = 16,
    before_data: bytes = b"",
    data: bytes = bytes(48_000),
) -> bytes:
    """A WAV file that says what it is told to say."""
    header = struct.pack("<HHIIHH", codec_tag, channels, sample_rate, sample_rate * 2 % 2**32, block_align, bits)
    body = b"WAVE" + _chunk(b"fmt ", header) + before_data + _chunk(b"data", data)
    return _chunk(b"RIFF", body)


def wav_of_tiny_chunks(count: int) -> bytes:
    return wav(before_data=_chunk(b"junk", b"") * count)


def wav_with_endless_text() -> bytes:
    """A text of one and a half gigabytes in a list of two, says the header."""
    return wav(before_data=b"LIST" + struct.pack("<I4s4sI", 0x7FFFFFFF, b"INFO", b"ISFT", 0x5DC00000))


def m4a(samples: int) -> bytes:
    """Three kilobytes of AAC whose index claims this many samples of one byte."""
    stream = (
        b"\x03\x19\0\x01\0\x04\x11\x40\x15\0\0\0" + struct.pack(">II", 64_000, 64_000) + b"\x05\x02\x11\x90\x06\x01\x02"
    )
    sound = bytes(6) + struct.pack(">H8xHHHHI", 1, 1, 16, 0, 0, 8000 << 16) + _full(b"esds", stream)
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + _box(b"mp4a", sound)),
        _full(b"stts", struct.pack(">III", 1, samples, 2)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, samples, 1)),
        _full(b"stsz", struct.pack(">II", 1, samples)),
        _full(b"stco", struct.pack(">II", 1, 0)),
    )
    place = _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", flags=1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 8000, 80_000, 0x55C4, 0)),
        _full(b"hdlr", struct.pack(">I4s12x", 0, b"soun") + b"a\0"),
        _box(b"minf", _full(b"smhd", bytes(4)), place, table),
    )
    track = struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, 1000, 0, 0, 0x100, 0) + _IDENTITY + bytes(8)
    movie = struct.pack(">IIIIIH10x", 0, 0, 1000, 1000, 0x10000, 0x100) + _IDENTITY + bytes(24) + struct.pack(">I", 2)
    index = _box(b"moov", _full(b"mvhd", movie), _box(b"trak", _full(b"tkhd", track, flags=3), media))
    return _box(b"ftyp", b"M4A \0\0\0\0M4A mp42isom") + index + _box(b"mdat", bytes(2000))


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), name) + content


def _full(name: bytes, content: bytes, *, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags), content)
