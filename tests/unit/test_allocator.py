"""Engines do not ask the system for the same memory again and again."""

import os
import platform
import subprocess
import sys

import pytest

# Page faults of a batch that has been run before: what it needs should be there.
_FAULTS = """
import resource
from models.bundle import open_bundle
from models.classifier import Classifier
from models.types import ClassifyRequest

asked = [ClassifyRequest("举办教育系统网络安全培训班,部署数据治理工作,推进智慧校园建设。" * 3, "北京", "")] * 40
classifier = Classifier(open_bundle(), 1)
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    classifier.probabilities(asked)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

# MiB that threads keep of answers of 4 MiB that each of them has made, one after another.
_KEPT = """
import psutil
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from models.allocator import keep_freed_memory

THREADS = 32
keep_freed_memory()
before = psutil.Process().memory_info().rss
together = Barrier(THREADS)

def answer(number):
    together.wait()  # a thread for each
    for turn in range(THREADS):
        if turn == number:
            bytearray(b"x" * (4 << 20))
        together.wait()

with ThreadPoolExecutor(THREADS) as pool:
    list(pool.map(answer, range(THREADS)))
    print((psutil.Process().memory_info().rss - before) >> 20)
"""

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is set")


@glibc
def test_a_batch_that_was_run_before_takes_no_new_memory() -> None:
    told = subprocess.run([sys.executable, "-c", _FAULTS], capture_output=True, text=True, check=True)
    # Without the setting there are tens of thousands.
    assert int(told.stdout) < 2000


@glibc
def test_threads_do_not_each_keep_what_their_largest_answer_took() -> None:
    told = subprocess.run([sys.executable, "-c", _KEPT], capture_output=True, text=True, check=True)
    # Without the setting eight a core keep 4 MiB each, as long as there are threads.
    assert int(told.stdout) < 4 * (2 * (os.cpu_count() or 1) + 8)
