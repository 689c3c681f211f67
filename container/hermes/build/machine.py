"""What the machine that builds brings along, for networks of their own: package indexes and the CAs that they need.

The image `BUILD_MACHINE_IMAGE` is mounted at /run/build-machine while a stage that is thrown away runs, so that nothing of
it gets into a layer. Its file `environment` holds lines NAME=VALUE. The default image is empty.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENVIRONMENT = Path("/run/build-machine/environment")


def use_machine() -> None:
    """Put the machine's settings into this process's environment, and so into that of the programs it starts."""
    if not ENVIRONMENT.exists():
        return
    for line in ENVIRONMENT.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator:
            os.environ[name] = value


if __name__ == "__main__":
    use_machine()
    os.execvp(sys.argv[1], sys.argv[1:])
