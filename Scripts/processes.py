"""Commands, and what they take from the machine."""

import os
import pathlib
import subprocess
import tempfile
import threading
import time

from repository import ROOT


def memory(root):
    """Kilobytes of a process and all below it: resident, pages that several share counted once for each."""
    children = {}
    resident = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = pathlib.Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()
            resident[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
            children.setdefault(int(fields[1]), []).append(int(entry.name))
        except (OSError, IndexError):
            continue
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += resident.get(process, 0)
        waiting += children.get(process, [])
    return total


class Run:
    """One run of a command: seconds on the clock, seconds of processors, kilobytes at the most, what it printed, its exit status.

    `peak` is of the one process that took most, or, where memory is sampled, of all together. After `limit` seconds it is killed, and
    `status` is None.
    """

    def __init__(self, command, limit=None, samples_memory=False):
        start = time.monotonic()
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
            peak, done, is_late = [0], threading.Event(), threading.Event()

            def sample():
                while not done.wait(0.01):
                    peak[0] = max(peak[0], memory(process.pid))

            def stop():
                is_late.set()
                process.kill()

            others = [threading.Thread(target=sample)] if samples_memory else []
            others += [threading.Timer(limit, stop)] if limit else []
            for other in others:
                other.start()
            self.output = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            done.set()
            for other in others:
                if isinstance(other, threading.Timer):
                    other.cancel()
                other.join()
            errors.seek(0)
            self.error = errors.read()
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = peak[0] if samples_memory else usage.ru_maxrss
        self.status = None if is_late.is_set() else process.returncode
