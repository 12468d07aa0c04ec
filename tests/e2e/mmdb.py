"""Writes databases in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), small ones for tests."""
import ipaddress
import struct

_MARKER = b"\xab\xcd\xefMaxMind.com"


def _control(kind, size):
    """The control byte of a value; a map is 7, a string 2, an array 11 (extended), numbers 5, 6 and 9."""
    head = bytes([size | (kind << 5)]) if kind < 8 else bytes([size, kind - 7])
    assert size < 29, "longer values are not needed here"
    return head


def _encode(value):
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_encode(key) + _encode(one) for key, one in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encode, value))
    if isinstance(value, str):
        data = value.encode()
        return _control(2, len(data)) + data
    kind, data = value  # a number with its type
    data = data.to_bytes(8, "big").lstrip(b"\0")
    return _control(kind, len(data)) + data


def uint16(number):
    return (5, number)


def uint32(number):
    return (6, number)


def uint64(number):
    return (9, number)


def country(code):
    return {"country": {"iso_code": code}}


def write(path, networks, built_at=1_700_000_000):
    """A database of so many networks ("192.0.2.0/24": value). IPv4 ones stand at ::/96, as the format wants it."""
    nodes = [[None, None]]
    for text, value in networks.items():
        network = ipaddress.ip_network(text)
        length = network.prefixlen + (96 if network.version == 4 else 0)
        bits = f"{int(network.network_address):0128b}"[:length]
        at = 0
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[-1])] = value  # networks must not overlap

    data = bytearray()
    offsets = {}

    def record(child):
        if child is None:
            return len(nodes)
        if isinstance(child, int):
            return child
        encoded = _encode(child)
        if encoded not in offsets:
            offsets[encoded] = len(data)
            data.extend(encoded)
        return len(nodes) + 16 + offsets[encoded]

    tree = b"".join(struct.pack(">I", record(left))[1:] + struct.pack(">I", record(right))[1:] for left, right in nodes)
    metadata = {
        "node_count": uint32(len(nodes)), "record_size": uint16(24), "ip_version": uint16(6),
        "database_type": "Test-Country", "languages": ["en"], "binary_format_major_version": uint16(2),
        "binary_format_minor_version": uint16(0), "build_epoch": uint64(built_at),
        "description": {"en": "made by a test"}}
    path.write_bytes(tree + bytes(16) + bytes(data) + _MARKER + _encode(metadata))
