import os
import socket

import pytest

from talaria_agent.user.identity import Identity
from talaria_agent.user.landlock import knows_tcp
from talaria_agent.user.server_door import close_server_door

ANYONE = Identity("anyone", os.getuid(), os.getgid())


def test_leaves_the_process_engine_alone():
    assert close_server_door(None) is False


@pytest.mark.skipif(not knows_tcp(), reason="this kernel has no Landlock for the network")
def test_closes_that_port_and_no_other():
    with socket.create_server(("127.0.0.1", 0)) as closed, socket.create_server(("127.0.0.1", 0)) as other:
        child = os.fork()
        if child == 0:
            if not close_server_door(ANYONE, closed.getsockname()[1]):
                os._exit(1)
            socket.create_connection(other.getsockname(), 5).close()
            try:
                socket.create_connection(closed.getsockname(), 5).close()
            except PermissionError:
                os._exit(17)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
