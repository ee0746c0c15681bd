"""Threads share a few heaps, whatever the machine."""

import platform
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from authservice import arenas

MANY_THREADS = """
import ctypes, sys, threading
from authservice import arenas
arenas.limit()
libc, all_allocate = ctypes.CDLL(None), threading.Barrier(12)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
def allocate():
    all_allocate.wait()
    libc.malloc(1000)
    all_allocate.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc")
def test_many_threads_share_a_few_heaps(tmp_path: Path) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", MANY_THREADS, told], check=True)
    assert len(re.findall("<heap nr=", told.read_text())) == arenas.ARENAS


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: SimpleNamespace())
    arenas.limit()
