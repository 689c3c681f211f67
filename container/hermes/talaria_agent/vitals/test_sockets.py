"""What the kernel tells of a process' connections."""

import os
import socket
import time
from ipaddress import ip_address

from talaria_agent.machine.processes import inodes_of
from talaria_agent.vitals.sockets import dialled


def of(found: list, one: socket.socket):
    return next(connection for connection in found if connection.local == (ip_address("127.0.0.1"), one.getsockname()[1]))


def test_a_connection_is_silent_since_it_last_received() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        port, number = server.getsockname()[1], str(os.fstat(client.fileno()).st_ino)
        accepted, _ = server.accept()
        with accepted:
            first = of(dialled({number}), client)
            assert (first.peer, first.received) == ((ip_address("127.0.0.1"), port), 0)
            accepted.sendall(b"hello")
            client.recv(5)
            time.sleep(0.3)
            client.sendall(b"what one says oneself does not count")
            silent = of(dialled({number}), client)
            assert silent.received == 5 and silent.silent_seconds >= 0.3
            accepted.sendall(b"again")
            client.recv(5)
            assert of(dialled({number}), client).silent_seconds < silent.silent_seconds


def test_what_came_in_at_a_port_of_ones_own_was_not_dialled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            own = inodes_of(os.getpid())
            assert {str(os.fstat(one.fileno()).st_ino) for one in (server, client, accepted)} <= own
            ports = {connection.local[1] for connection in dialled(own)}
            assert client.getsockname()[1] in ports and server.getsockname()[1] not in ports


def test_a_connection_that_the_other_side_closed_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        number = str(os.fstat(client.fileno()).st_ino)
        assert dialled({number}) != []
        accepted.close()
        assert client.recv(1) == b""
        assert dialled({number}) == []


def test_a_connection_over_ipv6_is_told_by_its_own_address() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server, socket.create_connection(server.getsockname()[:2]) as client:
        [found] = dialled({str(os.fstat(client.fileno()).st_ino)})
        assert found.peer == (ip_address("::1"), server.getsockname()[1])


def test_a_process_that_has_ended_holds_none() -> None:
    assert inodes_of(2**22 + 1) == set()
