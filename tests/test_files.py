"""Files are whole or not there, whatever happens in between, and errors name the user's file."""

import os
import pathlib
import resource
import signal
import subprocess
import sys

import pytest

from autograd_mini.files import check_writable, write_whole
from support.rows import each_row


def names_in(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


KILLED = """
import os, signal
from autograd_mini import files
files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
files.write_whole({!r}, b"half")
"""


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path):
    target, other = str(tmp_path / "run.json"), str(tmp_path / "else.json")
    for path in (target, target, other):
        done = subprocess.run([sys.executable, "-c", KILLED.format(path)])
        assert done.returncode == -signal.SIGKILL
    assert len(names_in(tmp_path)) == 2  # the second removed what the first left
    write_whole(target, b"whole")
    assert len(names_in(tmp_path)) == 2 and (tmp_path / "run.json").read_bytes() == b"whole"
    write_whole(other, b"whole")
    assert names_in(tmp_path) == ["else.json", "run.json"]


def test_a_writer_at_work_is_left_alone(tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    replace = os.replace

    def another_writes_first(temporary, name):
        monkeypatch.setattr(os, "replace", replace)
        write_whole(target, b"second")
        assert os.path.exists(temporary)
        replace(temporary, name)

    monkeypatch.setattr(os, "replace", another_writes_first)
    write_whole(target, b"first")
    assert names_in(tmp_path) == ["run.json"] and target.read_bytes() == b"first"


def test_a_full_disk_leaves_the_old_file_and_names_it(tmp_path):
    target = tmp_path / "run.json"
    write_whole(target, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match=r"run\.json") as caught:
            write_whole(target, b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert ".tmp" not in str(caught.value)
    assert names_in(tmp_path) == ["run.json"] and target.read_bytes() == b"old"


@each_row(
    ("name", "error", "sentence"),
    [
        ("none/run.json", FileNotFoundError, "there is no directory .*none"),
        ("folder", ValueError, "no regular file"),
        ("link", ValueError, "a symbolic link"),
        ("fixed", PermissionError, "'.*fixed' is read-only"),
        ("x" * 300, OSError, "too long"),
    ],
)
def test_what_cannot_be_written_is_said_before_and_at_the_write(tmp_path, name, error, sentence):
    (tmp_path / "folder").mkdir(exist_ok=True)
    (tmp_path / "fixed").touch()
    (tmp_path / "fixed").chmod(0o444)
    if not (tmp_path / "link").is_symlink():
        (tmp_path / "link").symlink_to("nowhere")
    for ask in (check_writable, lambda path: write_whole(path, b"")):
        with pytest.raises(error, match=sentence):
            ask(tmp_path / name)
    assert names_in(tmp_path) == ["fixed", "folder", "link"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_said_so(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(PermissionError, match=r"the directory .* is read-only"):
        check_writable(tmp_path / "run.json")
