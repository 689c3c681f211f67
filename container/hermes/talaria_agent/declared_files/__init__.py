"""Files that the stack declares: documents, skills, plugins. Documents are the agent's to edit; skills and plugins are not.

What becomes of a document is one rule with Exec's workspaces, in the package `talaria_exec`. In the image it lies beside this one, and so
is found; in a checkout it lies in `container/exec`.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("talaria_exec") is None:
    sys.path.append(str(Path(__file__).resolve().parents[3] / "exec"))
