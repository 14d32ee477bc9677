"""The command where its standard output is a terminal."""

import os
import pty
import subprocess
import sys


def on_a_terminal(*arguments, cwd=None):
    """What the command writes to a terminal, with plain line ends."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "crystext", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, cwd=cwd
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux says that the other side has closed
        pass
    os.close(ours)
    process.wait()
    return shown.decode().replace("\r\n", "\n")
