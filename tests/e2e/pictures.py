"""Pictures for the tests, made from nothing: what stands before their pixels is as the standards have it."""
import os
import struct
import zlib


def png(width=4, height=4, size=None):
    """A PNG that programs can show; `size` bytes long if given, by a text that nobody reads."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + os.urandom(3 * min(width, 64)) for _ in range(min(height, 64))))
    tail = chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    padding = b"" if size is None else chunk(b"tEXt", os.urandom(size - len(head) - len(tail) - 12))
    return head + padding + tail


def jpeg(width=4, height=4):
    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content

    frame = b"\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\x01\x11\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0") + segment(0xC0, frame) + segment(0xDA, b"scan") + os.urandom(64) + b"\xff\xd9"


def webp(width=4, height=4):
    content = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + os.urandom(63)
    chunk = b"VP8L" + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def by_type():
    return {"image/png": png(), "image/jpeg": jpeg(), "image/webp": webp()}
