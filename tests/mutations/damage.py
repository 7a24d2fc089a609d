"""What may have become of a file: bits that flipped, parts that are lost, doubled, moved or of another file."""

import zlib
from random import Random

PNG = b"\x89PNG\r\n\x1a\n"
BYTES = (0, 1, 9, 10, 13, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = [
    b"0", b"-1", b"1e999", b"9" * 25, b"4294967295", b"nan", b"NaN", b"Infinity", b"null", b"true", b"[]", b"{}", b'""',
    b"[" * 300, b"(" * 200, b"{", b"}", b"]", b'"', b"'", b",", b",,", b":", b"=", b"\n", b"\r", b"\0", b"\xef\xbb\xbf",
    b"\xff\xfe", "é∞".encode(), b"**", b"^", b"x", b"sin", b"\\u0000", b"\\ud800", b"../", b"a" * 400,
]  # fmt: skip


def damaged(content: bytes, other: bytes, random: Random) -> bytes:
    """The content of a file after one to four accidents, which may bring in parts of `other`."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        content = random.choice(ACCIDENTS)(content, other, random)
    return with_checksums(content) if content.startswith(PNG) and random.random() < 0.5 else content


def with_checksums(content: bytes) -> bytes:
    """A PNG file whose checksums are right again, so that what they protect is read."""
    start, pieces = len(PNG), [PNG]
    while start + 12 <= len(content):
        stop = start + 8 + int.from_bytes(content[start : start + 4], "big")
        body = content[start + 4 : stop]
        pieces += [content[start : start + 4], body, zlib.crc32(body).to_bytes(4, "big")]
        start = stop + 4
    return b"".join([*pieces, content[start:]])


def span(content: bytes, random: Random) -> tuple[int, int]:
    """A part of the content, mostly a short one, and more often than not near its beginning."""
    start = random.randrange(len(content) + 1)
    if random.random() < 0.6:
        start = min(start, random.randrange(65))
    return start, min(len(content), start + random.choice((1, 1, 2, 4, 4, 8, 16, 64, 1024)))


def flip(content: bytes, other: bytes, random: Random) -> bytes:
    """One bit."""
    start, stop = span(content, random)
    middle = bytes(byte ^ (1 << random.randrange(8)) for byte in content[start : start + 1])
    return content[:start] + middle + content[min(stop, start + 1) :]


def put(content: bytes, other: bytes, random: Random) -> bytes:
    """Bytes of a telling value in place of others."""
    start, stop = span(content, random)
    return content[:start] + bytes([random.choice(BYTES)]) * (stop - start) + content[stop:]


def scramble(content: bytes, other: bytes, random: Random) -> bytes:
    start, stop = span(content, random)
    return content[:start] + random.randbytes(stop - start) + content[stop:]


def lose(content: bytes, other: bytes, random: Random) -> bytes:
    start, stop = span(content, random)
    return content[:start] + content[stop:]


def double(content: bytes, other: bytes, random: Random) -> bytes:
    start, stop = span(content, random)
    return content[:start] + content[start:stop] * random.choice((2, 2, 3, 50)) + content[stop:]


def cut(content: bytes, other: bytes, random: Random) -> bytes:
    """The rest is missing."""
    return content[: span(content, random)[0]]


def insert(content: bytes, other: bytes, random: Random) -> bytes:
    """A word that may mean something to who reads it."""
    start, stop = span(content, random)
    return content[:start] + random.choice(WORDS) + content[random.choice((start, stop)) :]


def graft(content: bytes, other: bytes, random: Random) -> bytes:
    """A part of another file."""
    start, stop = span(content, random)
    first, last = span(other, random)
    return content[:start] + other[first:last] + content[random.choice((start, stop)) :]


ACCIDENTS = (flip, put, scramble, lose, double, cut, insert, graft)
