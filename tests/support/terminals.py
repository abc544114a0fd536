"""Scripts in a terminal."""

import os
import subprocess
import sys

from support.places import ROOT


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


class Terminal:
    """A script, run in a terminal that a test plays."""

    def __init__(self, script):
        import pty

        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment(), "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": ""},
            start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
        )
        os.close(slave)
        self.seen = ""

    def until(self, text):
        """Read on until this text comes, and give what came."""
        import select

        start = len(self.seen)
        while text not in self.seen[start:]:
            ready, _, _ = select.select([self.master], [], [], 20)
            assert ready, f"waited in vain for {text!r} after {self.seen[-500:]!r}"
            self.seen += os.read(self.master, 4096).decode("utf-8", "replace")
        return self.seen[start:]

    def send(self, keys):
        os.write(self.master, keys.encode())

    def close(self):
        """The exit status; the terminal is closed after it, for its end would end the process."""
        status = self.process.wait(20)
        os.close(self.master)
        return status
