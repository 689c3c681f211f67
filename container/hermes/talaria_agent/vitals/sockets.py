"""A process' TCP connections and when each last received, as the kernel knows it: NETLINK_SOCK_DIAG (sock_diag(7)), which needs no right.

A socket that is called connected and is dead looks alive to whoever holds it; the kernel counts from the last segment that came.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
INET_DIAG_INFO = 2
ESTABLISHED, LISTEN = 1, 10
"""A connection that the other side has closed (CLOSE_WAIT) is none any more."""

HEADER = struct.Struct("=IHHII")
REQUEST = struct.Struct("=BBBxI48x")
"""inet_diag_req_v2 with any socket id."""
MESSAGE_LENGTH = 72
"""inet_diag_msg; attributes follow."""
LAST_DATA_RECEIVED, BYTES_RECEIVED = 52, 128
"""Offsets in the kernel's tcp_info (linux/tcp.h): milliseconds as 32 bits, bytes as 64."""
ANSWER_WITHIN_SECONDS = 2.0
LARGEST = 256 * 1024


class Untold(Exception):
    """The kernel does not tell about sockets: it was built without inet_diag, or is none (gVisor)."""


@dataclass(frozen=True)
class Connection:
    """One TCP socket."""

    inode: str
    state: int
    local: tuple[Address, int]
    peer: tuple[Address, int]
    silent_seconds: float
    """Since data last came."""
    received: int
    """Bytes since it was opened. A server that takes connections and says nothing leaves it at 0."""


def dialled(inodes: Collection[str]) -> list[Connection]:
    """The established connections among these sockets, but for those that came in at a port on which one of them listens.
    Raises `Untold` where the kernel does not say."""
    found = [one for family in (socket.AF_INET, socket.AF_INET6) for one in _dump(family) if one.inode in inodes]
    doors = {one.local[1] for one in found if one.state == LISTEN}
    return [one for one in found if one.state == ESTABLISHED and one.local[1] not in doors]


def _dump(family: int) -> Iterator[Connection]:
    request = REQUEST.pack(family, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 1 << ESTABLISHED | 1 << LISTEN)
    header = HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(ANSWER_WITHIN_SECONDS)
            kernel.send(header + request)
            while True:
                for kind, body in _messages(kernel.recv(LARGEST)):
                    if kind == NLMSG_DONE:
                        return
                    if kind == NLMSG_ERROR:
                        raise Untold(os.strerror(-struct.unpack_from("=i", body)[0]))
                    if (found := _connection(body)) is not None:
                        yield found
    except (OSError, AttributeError) as error:
        raise Untold(str(error)) from error


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, *_ = HEADER.unpack_from(data, at)
        if length < HEADER.size:
            return
        yield kind, data[at + HEADER.size : at + length]
        at += (length + 3) & ~3


def _connection(body: bytes) -> Connection | None:
    family = body[0]
    local_port, peer_port = struct.unpack_from("!HH", body, 4)
    info = next((value for kind, value in _attributes(body[MESSAGE_LENGTH:]) if kind == INET_DIAG_INFO), b"")
    if len(info) < BYTES_RECEIVED + 8:
        return None
    return Connection(
        inode=str(struct.unpack_from("=I", body, 68)[0]),
        state=body[1],
        local=(_address(family, body[8:24]), local_port),
        peer=(_address(family, body[24:40]), peer_port),
        silent_seconds=struct.unpack_from("=I", info, LAST_DATA_RECEIVED)[0] / 1000,
        received=struct.unpack_from("=Q", info, BYTES_RECEIVED)[0],
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind, data[at + 4 : at + length]
        at += (length + 3) & ~3


def _address(family: int, raw: Sequence[int]) -> Address:
    return plain(ip_address(bytes(raw[:4] if family == socket.AF_INET else raw)))


def plain(address: Address) -> Address:
    """IPv4 that is written as IPv6 (`::ffff:1.2.3.4`) is IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
