"""Holds a run of the state tool at the beginning of a step, so that a fault hits that step. Nothing else is changed.

A file `hold` in TORTURE_CONTROL names a step (`snapshot/upload`). The run that comes to it writes its process id into `held`
and goes on when `hold` is gone.
"""

import os
import sys

CONTROL = os.environ.get("TORTURE_CONTROL")

if CONTROL and any(word.endswith("talaria-state") for word in sys.argv[:1] + sys.orig_argv[:3]):
    import importlib.abc
    import importlib.machinery
    import time

    NAME = "talaria_agent.runs.work"

    def hold(kind: str, step: str) -> None:
        wanted = os.path.join(CONTROL, "hold")
        try:
            with open(wanted, encoding="utf-8") as file:
                if file.read().strip() != f"{kind}/{step}":
                    return
        except OSError:
            return
        with open(os.path.join(CONTROL, "held.new"), "w", encoding="utf-8") as file:
            file.write(str(os.getpid()))
        os.rename(os.path.join(CONTROL, "held.new"), os.path.join(CONTROL, "held"))
        until = time.monotonic() + 30
        while os.path.exists(wanted) and time.monotonic() < until:
            time.sleep(0.005)

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            if name != NAME:
                return None
            sys.meta_path.remove(self)
            spec = importlib.machinery.PathFinder.find_spec(name, path, target)
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                tell = module.Work.tell

                def told(self, progress):
                    tell(self, progress)
                    if not progress:
                        hold((self.folder.process or {}).get("kind"), self._step)

                module.Work.tell = told

            spec.loader.exec_module = exec_module
            return spec

    sys.meta_path.insert(0, Finder())
