"""A supervised process ends with its supervisor, even when the supervisor was killed."""

import os
import signal
import threading
import time

SUPERVISED = "QMT_SUPERVISED"


def end_with_parent() -> None:
    """If a supervisor started this process, stop it once that supervisor has ended."""
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
