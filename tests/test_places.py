"""Places: what is put is got back, whole or not at all, wherever it lies and whatever fails; nothing leads out of the root;
nothing is told of a password."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obrok.problems import ProblemsFound
from obrok.worlds.place_words import PART, shown
from obrok.worlds.places import Folder, place

PASSWORD = "hunter2"


class Faulty(MemoryFileSystem):
    """Files in memory, with the faults of a network: the operation numbered `fails` (0: none) raises, and a write that
    fails has left half of what it was given; `short`: the write so numbered does so without a word."""

    protocol = "faulty"
    store: ClassVar[dict] = {}
    pseudo_dirs: ClassVar[list] = [""]
    fails, short, done, writes = 0, 0, 0, 0
    error: Exception = ConnectionResetError(errno.ECONNRESET, f"sftp://ann:{PASSWORD}@host/x broke")
    cachable = False

    @classmethod
    def reset(cls, fails: int = 0, short: int = 0) -> None:
        cls.store.clear()
        cls.pseudo_dirs[:] = [""]
        cls.arm(fails, short)

    @classmethod
    def arm(cls, fails: int = 0, short: int = 0) -> None:
        cls.fails, cls.short, cls.done, cls.writes = fails, short, 0, 0

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(str(path).removeprefix("faulty://"))

    def _count(self) -> None:
        Faulty.done += 1
        if Faulty.done == Faulty.fails:
            raise Faulty.error

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        Faulty.writes += 1
        if Faulty.writes == Faulty.short:
            return super().pipe_file(path, value[: len(value) // 2], mode, **kwargs)
        try:
            self._count()
        except Exception:
            super().pipe_file(path, value[: len(value) // 2], mode, **kwargs)
            raise
        return super().pipe_file(path, value, mode, **kwargs)

    def mv(self, path1, path2, **kwargs):
        """A rename in one step, as a server does it."""
        self._count()
        one, two = self._strip_protocol(path1), self._strip_protocol(path2)
        self.store[two] = self.store.pop(one)

    def info(self, path, **kwargs):
        self._count()
        return super().info(path, **kwargs)

    def cat_file(self, path, start=None, end=None, **kwargs):
        self._count()
        return super().cat_file(path, start, end, **kwargs)

    def find(self, path, maxdepth=None, withdirs=False, detail=False, **kwargs):
        self._count()
        return super().find(path, maxdepth, withdirs, detail, **kwargs)

    def rm_file(self, path):
        self._count()
        return super().rm_file(path)


register_implementation("faulty", Faulty, clobber=True)


@pytest.fixture(params=["folder", "file", "memory", "faulty"])
def here(request, tmp_path):
    MemoryFileSystem.store.clear()
    Faulty.reset()
    return place(
        {
            "folder": tmp_path / "a b",
            "file": (tmp_path / "100% here").as_uri(),
            "memory": "memory://bucket/some",
            "faulty": "faulty://host/some",
        }[request.param]
    )


def test_put_get_names_stamps_remove(here):
    assert here.names() == [] and here.stamps() == {} and here.get("x") is None
    here.remove("x")
    here.put("x", b"1")
    here.put("deep/er/y.json", b"22")
    here.put("deep/z", b"")
    assert here.names() == ["deep/er/y.json", "deep/z", "x"]
    assert here.names("deep") == ["deep/er/y.json", "deep/z"] and here.names("absent") == []
    assert (here.get("x"), here.get("deep/er/y.json"), here.get("deep/z")) == (b"1", b"22", b"")
    assert here.get("deep") is None and here.get("x/y") is None
    before = here.stamps()
    assert list(before) == here.names() and here.stamps() == before
    here.put("x", b"2")
    after = here.stamps()
    assert {n for n in after if after[n] != before[n]} == {"x"}
    assert list(here.stamps("deep")) == here.names("deep")
    here.remove("x")
    here.remove("x")
    assert here.names() == ["deep/er/y.json", "deep/z"] and here.get("x") is None
    assert here.get("deep/er/y.json", most=2) == b"22"
    with pytest.raises(ProblemsFound, match="longer than 1 bytes"):
        here.get("deep/er/y.json", most=1)


def test_another_place_of_the_address_sees_the_same(tmp_path):
    place(tmp_path / "a").put("n/x", b"1")
    assert place(f"file://localhost{tmp_path}/a").get("n/x") == b"1"
    place("memory://some/where").put("n/x", b"2")
    assert place("MEMORY://some/where/").get("n/x") == b"2" and place("memory://some").names() == ["where/n/x"]
    with pytest.raises(ProblemsFound, match="write file:///FOLDER"):
        place("file://a/b")


BAD = [
    "",
    "/etc/passwd",
    "..",
    "../x",
    "a/../../x",
    "a//b",
    "./a",
    "a/",
    "a\\..\\x",
    "C:x",
    "a\0b",
    "a\nb",
    "x*",
    "a?",
    "[a]",
]
BAD += ["a::b", "s3://x", " a", "a /b", "\x1b[31mred", "\udcff", "x" * 1025, "~\x9b"]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_leads_elsewhere_is_refused(here, name):
    for act in (here.get, here.remove, lambda n: here.put(n, b"x")):
        with pytest.raises(ProblemsFound, match="cannot be a file's name") as told:
            act(name)
        assert "\x1b" not in str(told.value) and "\n\n" not in str(told.value)
    assert here.names() == []


def test_what_is_being_written_is_nobodys(here, tmp_path):
    here.put("a/x", b"1")
    if isinstance(here, Folder):
        (here.root / "a" / ("y" + PART)).write_bytes(b"half")
    else:
        here.fs.pipe_file(f"{here.root}/a/y{PART}", b"half")
    assert here.names() == ["a/x"] and list(here.stamps()) == ["a/x"]
    with pytest.raises(ProblemsFound, match="being written"):
        here.put("x" + PART, b"1")
    assert here.leftovers() == here.leftovers("a") == ["a/y" + PART] and not here.leftovers("b")
    if isinstance(here, Folder):
        assert not here.drop("a")
    here.remove("a/y" + PART)  # but can be cleared away
    here.remove("a/x")
    assert here.drop("a") and here.drop("a") and here.names() == []
    here.put("b/c/d/x", b"1")
    here.put("b/e/x", b"1")
    here.remove("b/c/d/x")
    if not getattr(here, "whole", False):
        assert not here.drop("b", deep=True) and here.names() == ["b/e/x"]
    here.remove("b/e/x")
    assert here.drop("b", deep=True)
    if isinstance(here, Folder):
        assert list(here.root.iterdir()) == []
    assert here.get("a/y" + PART) is None


def test_links_do_not_lead_out(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("no")
    root = tmp_path / "root"
    here = place(root)
    here.put("own/x", b"1")
    (root / "file").symlink_to(tmp_path / "secret" / "key")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "round").symlink_to(root / "round")
    (root / "within").symlink_to(root / "own" / "x")
    os.mkfifo(root / "pipe")
    assert here.names() == ["own/x", "within"] and here.get("within") == b"1"
    for name in ("file", "folder/key", "folder/new"):
        for act in (here.get, here.remove, lambda n: here.put(n, b"x")):
            with pytest.raises(ProblemsFound, match="is a link that leads out"):
                act(name)
    with pytest.raises(ProblemsFound, match="is a link that leads out"):
        here.names("folder")
    assert here.get("pipe") is None
    assert sorted(p.name for p in (tmp_path / "secret").iterdir()) == ["key"]
    (root / "round").unlink()
    (root / "loose").symlink_to(root / "own")
    assert not here.drop("loose") and not here.drop("folder") and (root / "loose").is_symlink()
    linked = tmp_path / "linked"  # the root itself may be one
    linked.symlink_to(root)
    assert place(linked).names() == ["own/x", "within"]


def test_hostile_names_in_a_bucket_are_not_listed():
    MemoryFileSystem.store.clear()
    here = place("memory://bucket")
    for name in ("/bucket/ok", "/bucket/../../x", "/bucket/a//b", "/bucket/\x1b[2J", "/bucket/a\\b", "/bucketed/x"):
        here.fs.store[name] = here.fs.store.get("/bucket/ok") or _file(here.fs)
    assert here.names() == ["ok"]


def _file(fs):
    fs.pipe_file("/bucket/ok", b"1")
    return fs.store["/bucket/ok"]


# -- whole or absent
@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "remove", "get", "names"]), st.sampled_from("abc"), st.binary(max_size=9))
    ),
    st.integers(0, 40),
    st.integers(0, 6),
)
def test_whatever_fails_a_file_is_the_old_or_the_new_one_or_absent(acts, fails, short):
    """At any place where the network fails, once: what is there is what was put, to the byte, and nothing else is."""
    Faulty.reset(fails, short)
    here = place("faulty://host/some")
    may: dict[str, set] = {n: {None} for n in "abc"}
    for act, name, data in acts:
        try:
            if act == "put":
                here.put(name, data)
                may[name] = {data}
            elif act == "remove":
                here.remove(name)
                may[name] = {None}
            elif act == "get":
                assert here.get(name) in may[name]
            else:
                assert set(here.names()) == {n for n in "abc" if f"/host/some/{n}" in Faulty.store}
        except ProblemsFound as told:
            assert PASSWORD not in str(told) and "connection broke" in str(told)
            may[name] |= {"put": {data, None}, "remove": {None}}.get(act, set())
    Faulty.arm()
    for name in "abc":
        assert here.get(name) in may[name]


@pytest.mark.parametrize("how", ["refuses", "silent"])
def test_a_place_that_does_not_rename_onto_a_file(monkeypatch, how):
    Faulty.reset()
    here = place("faulty://host/some")
    plain = Faulty.mv

    def mv(self, one, two, **kwargs):
        if two in self.store:
            if how == "refuses":
                raise FileExistsError(errno.EEXIST, "there")
            return
        plain(self, one, two)

    monkeypatch.setattr(Faulty, "mv", mv)
    here.put("x", b"old")
    here.put("x", b"new")
    assert here.get("x") == b"new" and list(Faulty.store) == ["/host/some/x"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    here = place(tmp_path)
    here.put("x", b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProblemsFound, match="x cannot be written: the disk is full\n    make room there"):
        here.put("x", b"new")
    assert here.get("x") == b"old" and [p.name for p in tmp_path.iterdir()] == ["x"]


def test_what_is_put_is_flushed_to_the_disk_with_its_folders(tmp_path, monkeypatch):
    flushed = []
    plain = os.fsync
    monkeypatch.setattr(os, "fsync", lambda h: (flushed.append(os.readlink(f"/proc/self/fd/{h}")), plain(h))[1])
    place(tmp_path).put("a/b/x", b"1")
    assert flushed[0].endswith(PART)  # the file, before it is renamed
    assert set(flushed[1:]) == {str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")}


def _write(root: str, byte: int, times: int) -> None:
    here = place(root)
    for _ in range(times):
        here.put("n/x", bytes([byte]) * 300_000)


def test_two_writers_of_one_name_never_mix(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(str(tmp_path), b, 60)) for b in (1, 2)]
    for w in writers:
        w.start()
    here, seen = place(tmp_path), set()
    while any(w.is_alive() for w in writers):
        data = here.get("n/x")
        if data is not None:
            assert len(data) == 300_000 and len(set(data)) == 1
            seen.add(data[0])
        assert here.names() in ([], ["n/x"])
    for w in writers:
        w.join()
        assert w.exitcode == 0
    assert seen == {1, 2} and [p.name for p in (tmp_path / "n").iterdir()] == ["x"]


# -- failures, in words
class AuthenticationException(Exception):
    """As paramiko's: no OSError."""


ERRORS = [
    (PermissionError(errno.EACCES, f"{PASSWORD}"), "no permission", "keys or passwords"),
    (AuthenticationException(PASSWORD), "no permission", "keys or passwords"),
    (socket.gaierror(-2, f"{PASSWORD}"), "no answer", "look at the network"),
    (TimeoutError(PASSWORD), "no answer", "look at the network"),
    (OSError(errno.ENETUNREACH, PASSWORD), "no answer", "look at the network"),
    (OSError(errno.ENOSPC, PASSWORD), "the disk is full", "make room there"),
    (OSError(errno.EDQUOT, PASSWORD), "the disk is full", "make room there"),
    (OSError(errno.EROFS, PASSWORD), "only be read", "another place"),
    (NotImplementedError(PASSWORD), "cannot do that", "another place"),
    (FileExistsError(PASSWORD), "file where a folder is", "another place"),
    (KeyError(PASSWORD), "KeyError", "same command again"),
    (OSError(errno.EIO, PASSWORD), "Input/output error", "same command again"),
]


@pytest.mark.parametrize(
    "error, what, mend", ERRORS, ids=lambda x: type(x).__name__ if isinstance(x, Exception) else ""
)
def test_a_failure_is_told_in_words_and_without_secrets(monkeypatch, error, what, mend):
    Faulty.reset(1)
    monkeypatch.setattr(Faulty, "error", error)
    here = place("faulty://host/some")
    for act in (lambda: here.put("x", b"12"), lambda: here.get("x"), here.names, here.stamps):
        Faulty.arm(1)
        with pytest.raises(ProblemsFound, match=r"faulty://host/some: ") as told:
            act()
        assert what in str(told.value) and mend in str(told.value) and PASSWORD not in str(told.value)
        assert told.value.__suppress_context__


def test_a_folder_without_permission_is_told(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    here = place(tmp_path)
    here.put("x", b"1")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ProblemsFound, match="x cannot be read: no permission"):
        here.get("x")
    with pytest.raises(ProblemsFound, match="a file, where a folder is needed"):
        place(tmp_path / "x")


def test_a_missing_library_and_an_unknown_protocol_are_told(monkeypatch):
    with pytest.raises(ProblemsFound, match="the protocol `quux` is not known"):
        place(f"quux://ann:{PASSWORD}@host/x")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(ProblemsFound, match=r"s3://bucket/x: s3:// needs s3fs.*\n    install it: pip install s3fs\."):
        place("s3://bucket/x")
    for module in [m for m in sys.modules if m.startswith("fsspec.implementations.sftp")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ProblemsFound, match="needs paramiko") as told:
        place(f"sftp://ann:{PASSWORD}@host/x")
    assert PASSWORD not in str(told.value) and "ann" not in str(told.value)
    with pytest.raises(ProblemsFound, match="one address inside another"):
        place("simplecache::s3://bucket/x")
    for module in [m for m in sys.modules if m.split(".")[0] == "fsspec"]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ProblemsFound, match=r"pip install 'obrok\[cluster\]'"):
        place("memory://x")
    assert isinstance(place("x"), Folder)


@given(st.text(st.characters(codec="utf-8", exclude_characters="@/:?#\0"), min_size=1), st.text("/@:?#x", max_size=6))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_no_part_of_a_password_is_shown(secret, odd):
    secret = f"<{secret}>{odd}<{secret}>"
    for address in (f"sftp://ann:{secret}@host/folder", f"s3://bucket/folder?key={secret}", f"x://b/y#{secret}"):
        assert "<" not in shown(address) and "ann" not in shown(address)


def test_what_is_shown_of_an_address():
    assert shown(f"sftp://ann:{PASSWORD}@host:22/a/b") == "sftp://host:22/a/b"
    assert shown("s3://bucket/a") == "s3://bucket/a"
    assert shown("out/a@b?c") == "out/a@b?c" and shown(Path("s3:/x")) == "s3:/x"
    assert shown("out/\x1b[2Jx") == "out/[2Jx"
    here = place(f"faulty://ann:{PASSWORD}@host/x")
    assert PASSWORD not in repr(here) and here.address == f"faulty://ann:{PASSWORD}@host/x"
