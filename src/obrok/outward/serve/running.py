"""A run in a process of its own, so that no page waits for it: told by its lines, stopped by hand, gone on with later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from obrok.case.case import Case
from obrok.outward.study import Options, Refused, run_case


class Run:
    """A run under way. `stage`, `done`, `total`: how far it is; `error`: why it ended, if it did not end well."""

    def __init__(self, case: Case, options: Options, folder: Path, force: bool):
        self.stage, self.done, self.total, self.error = "getting ready", 0, 1, ""
        self.finished = False
        asked = {"case": str(case.folder.resolve()), "out": str(folder.resolve()), "force": force}
        asked |= {"worlds": options.worlds, "seed": options.seed}
        command = [sys.executable, "-m", "obrok.outward.serve.running"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked))  # by the pipe: other users can read a command line
        self._process.stdin.close()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "error" in told:
                self.error = told["error"]
            else:
                self.stage, self.done, self.total = told["stage"], told["done"], told["total"]
        if self._process.wait() and not self.error:
            self.error = "it was stopped; what is finished is kept, and it goes on from there."
        self.finished = True

    def told(self) -> dict:
        return {"stage": self.stage, "done": self.done, "total": self.total, "error": self.error}

    def stop(self) -> None:
        """Ends the process; finished batches stay on disk."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)


def main() -> None:
    """The process itself: reads what to run, tells a line a change of stage or per cent, ends quietly where nobody
    listens any more."""
    from obrok.case.case import load
    from obrok.problems import ProblemsFound

    asked, last = json.load(sys.stdin), ("", -1)

    def say(**told) -> None:
        print(json.dumps(told), flush=True)

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = stage, 100 * done // max(total, 1)
        if now != last:
            last = now
            say(stage=stage, done=done, total=total)

    os.nice(5)
    try:
        run_case(load(asked["case"]), Options(asked["worlds"], asked["seed"]), Path(asked["out"]), asked["force"], tell)
    except ProblemsFound as found:
        say(error="\n".join(map(str, found.problems)))
        sys.exit(1)
    except (Refused, OSError) as error:
        say(error=str(error) if isinstance(error, Refused) else f"{error.strerror}.")
        sys.exit(1)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)


if __name__ == "__main__":
    main()
