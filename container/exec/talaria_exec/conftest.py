import os

import pytest

from talaria_exec.testing.box import Box

USER = 61_234
"""A user that nobody is: limits of its processes count for the tests alone."""


@pytest.fixture(scope="module")
def box():
    made = Box()
    yield made
    made.close()


@pytest.fixture
def own_box():
    """A box that a test may break, as an ordinary user where the tests are root."""
    made = Box(uid=USER if os.getuid() == 0 else None)
    yield made
    made.close()
