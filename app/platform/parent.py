"""A supervised process does not outlive its supervisor, not even one that was killed."""

import os
import signal
import threading
import time

SUPERVISED = "QMT_SUPERVISED"


def end_with_parent() -> None:
    """Ask this process to stop once its parent is gone, if it was started by a supervisor."""
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
