"""Engines do not ask the system for the same memory again and again."""

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is set")
def test_a_batch_that_was_run_before_takes_no_new_memory() -> None:
    told = subprocess.run([sys.executable, "-c", _FAULTS], capture_output=True, text=True, check=True)
    # Without the setting there are tens of thousands.
    assert int(told.stdout) < 2000
