"""Runs programs, and knows what they cost."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence


class Failure(Exception):
    """A program failed, or a result is wrong: the benchmark ends with status 1."""


@dataclass
class Usage:
    """What a group of programs took together. Memory is that of the largest one."""

    seconds: float = 0.0
    client_cpu: float = 0.0
    client_megabytes: float = 0.0
    output: str = ""


def environment(**more: str) -> Dict[str, str]:
    """Ours, without what would lead psql or pgtide to other databases or settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    kept = {name: os.environ[name] for name in ("PGTIDE_PG_BIN", "PGTIDE_FSYNC") if name in os.environ}
    return {**clean, **kept, "PSQLRC": "/dev/null", "LC_ALL": "C.UTF-8", **more}


def run(words: Sequence[str], **more: str) -> str:
    """The standard output of a program that is not measured."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment(**more))
    if done.returncode != 0:
        raise Failure(f"{' '.join(words)[:2000]}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def psql(url: str, *statements: str) -> str:
    """Statements in one session, each in a transaction of its own; what they return without any decoration."""
    words = ["psql", url, "-XAtq", "-v", "ON_ERROR_STOP=1"]
    for statement in statements:
        words += ["-c", statement]
    return run(words).strip()


def measured(*pipeline: Sequence[str], accepted: Sequence[int] = (0,)) -> Usage:
    """Runs programs at the same time, each reading what the one before it writes. What the last one writes is kept."""
    running: List[subprocess.Popen] = []
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        source: Optional[int] = subprocess.DEVNULL
        for position, words in enumerate(pipeline):
            is_last = position == len(pipeline) - 1
            program = subprocess.Popen(words, stdin=source, stdout=output if is_last else subprocess.PIPE,
                                       stderr=errors, env=environment())
            if position > 0:
                running[-1].stdout.close()
            source = program.stdout
            running.append(program)
        usage = _wait(running, began)
        for stream in (output, errors):
            stream.seek(0)
        said = errors.read().decode(errors="replace")
        usage.output = output.read().decode(errors="replace")
    for program, words in zip(running, pipeline):
        if program.returncode not in accepted:
            raise Failure(f"{' '.join(words)[:2000]}\nended with {program.returncode}:\n"
                          f"{usage.output[-3000:]}{said[-3000:]}")
    return usage


def _wait(running: List[subprocess.Popen], began: float) -> Usage:
    usage = Usage()
    try:
        for program in running:
            _, status, spent = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
            usage.client_cpu += spent.ru_utime + spent.ru_stime
            usage.client_megabytes = max(usage.client_megabytes, spent.ru_maxrss / 1024)
    except BaseException:
        for program in running:
            if program.returncode is None:
                program.send_signal(signal.SIGTERM)
                program.wait()
        raise
    usage.seconds = time.monotonic() - began
    return usage
