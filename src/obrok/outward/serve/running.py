"""A run in a process of its own, so that no page waits for it: told by its lines, stopped by hand, gone on with later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from obrok.case.case import Case
from obrok.evidence import sealed
from obrok.outward.options import Options
from obrok.outward.study import Refused, run_case

#: exit code of a run that ended with its dashboard
STOPPED = 130


class Run:
    """A run under way. `stage`, `done`, `total`: how far it is; `error`: why it ended, if it did not end well."""

    def __init__(self, case: Case, options: Options, folder: Path, force: bool):
        self.stage, self.done, self.total, self.error = "getting ready", 0, 1, ""
        self.finished = False
        asked = {"case": str(case.folder.resolve()), "out": str(folder.resolve()), "force": force}
        asked |= {"worlds": options.worlds, "seed": options.seed, "keys": sealed.keys()}
        command = [sys.executable, "-m", "obrok.outward.serve.running"]
        # Ctrl-C goes to the dashboard alone, which ends the run
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdin is not None
        # by the pipe: other users can read a command line; it stays open as long as the dashboard lives
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                told = json.loads(line)
                if "error" in told:
                    self.error = told["error"]
                else:
                    self.stage, self.done, self.total = told["stage"], told["done"], told["total"]
            except (ValueError, TypeError, KeyError):  # some library had a word to say
                continue
        if (code := self._process.wait()) and not self.error:
            by_hand = code < 0 or code == STOPPED
            self.error = (
                "it was stopped; what is finished is kept, and it goes on from there."
                if by_hand
                else "by a fault in obrok: the terminal says more. What is finished is kept."
            )
        self.finished = True

    def told(self) -> dict:
        return {"stage": self.stage, "done": self.done, "total": self.total, "error": self.error}

    def stop(self) -> None:
        """Ends the process; finished batches stay on disk."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._follower.join(5)


def main() -> None:
    """The process itself: reads what to run, tells a line a change of stage or per cent, ends with the dashboard however
    that ends."""
    from obrok.case.case import load
    from obrok.outward.serve.desk import without_path
    from obrok.problems import ProblemsFound

    asked, last = json.loads(sys.stdin.readline()), ("", -1)
    sealed.take_keys(asked["keys"])
    threading.Thread(target=_end_with_dashboard, daemon=True).start()

    def say(**told) -> None:
        print(json.dumps(told), flush=True)

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = stage, 100 * done // max(total, 1)
        if now != last:
            last = now
            say(stage=stage, done=done, total=total)

    os.nice(5)
    case, folder = Path(asked["case"]), Path(asked["out"])
    try:
        run_case(load(case), Options(asked["worlds"], asked["seed"]), folder, asked["force"], tell)
    except (ProblemsFound, Refused) as found:
        say(error=without_path(str(found), case, folder))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(STOPPED)
    except OSError as error:
        why = (error.strerror or "it cannot be said why").lower()
        say(error=f"the folder for the results, {folder.name}, cannot be used: {why}. Start with another --out.")
        sys.exit(1)


def _end_with_dashboard() -> None:
    os.read(0, 1)  # gives nothing once the other end is closed, and before that waits
    os._exit(STOPPED)


if __name__ == "__main__":
    main()
