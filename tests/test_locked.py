"""A locked archive: nothing of a text in plain on the disk, everything there with the passphrase, nothing lost at a kill."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
import sys
import threading
import time
import types

import pyrage
import pytest

from obrok.case.case import load, shipped_folder
from obrok.evidence import locking, passphrases, sealed
from obrok.evidence.anchors import Anchor, sha256
from obrok.evidence.archive import find_original, find_text, is_here, keeping, shut_in, told_of
from obrok.evidence.custody import alterations, lines
from obrok.evidence.reading import read_bytes
from obrok.evidence.withheld import holds
from obrok.outward.editing.intake import About, notes, take_in
from obrok.outward.publish import publish
from obrok.problems import ProblemsFound
from obrok.worlds import record

PAGE = """<html lang="en"><head><title>Builders leave Dolgorod</title>
<meta property="article:published_time" content="2016-03-02T10:00:00Z"></head><body><article><h1>Builders leave</h1>
<p>About 40 of the 300 bricklayers of Zarnitsa left their barracks in February, a quartermaster said on Tuesday, and
several were found by police within a week. Nobody was handed over, the quartermaster said.</p>
<p>Those who stayed are counted thrice a day now; their passports lie with the manager, and the omnibus to the quay has
a second guard since the end of the month.</p></article></body></html>"""
PLAIN = "Six welders of Zarnitsa were seen at the quay of Dolgorod. A few were found, and the foreman kept their wages."
LATER = "A later note: the quartermaster of Zarnitsa sold two omnibuses, and the welders walk to the quay."
AGE = sealed.age
#: words of the documents that no file of the case itself has
WORDS = ("zarnitsa", "quartermaster", "bricklayers", "omnibus", "welders", "foreman")
#: the digest of the page's text
TEXT = sha256(read_bytes(PAGE.encode(), "page.html")[0].text)
SECRET, OTHER = "wagon lantern pickle 77 orchard", "cobalt ferry umbrella 12 gravel"


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    """Nothing is open, nobody can be asked, and no file gives a passphrase."""
    monkeypatch.setattr(sealed, "_opened", {})
    monkeypatch.setattr(sealed, "_left", set())
    monkeypatch.setattr(passphrases, "_asking", False)
    for name in (passphrases.FILE, passphrases.NEW_FILE):
        monkeypatch.delenv(name, raising=False)
    passphrases._read.cache_clear()


@pytest.fixture
def quick(monkeypatch):
    """The real encryption of files; of the key one that takes no second, where what is tested is the order of writes."""
    keys: dict[str, object] = {}

    def key(passphrase):
        return keys.setdefault(passphrase, pyrage.x25519.Identity.generate())

    def decrypt(data, passphrase):
        try:
            return pyrage.decrypt(data, [key(passphrase)])
        except pyrage.DecryptError as wrong:
            if str(wrong) != "No matching keys found":
                raise
            raise pyrage.DecryptError("Decryption failed") from None

    wrap = types.SimpleNamespace(
        encrypt=lambda data, passphrase: pyrage.encrypt(data, [key(passphrase).to_public()]), decrypt=decrypt
    )
    names = ("x25519", "encrypt", "decrypt", "DecryptError", "IdentityError")
    made = types.SimpleNamespace(passphrase=wrap, **{n: getattr(pyrage, n) for n in names})
    key(SECRET), key(OTHER)  # before any process parts
    monkeypatch.setattr(sealed, "age", lambda: made)
    return made


@pytest.fixture
def give(monkeypatch, tmp_path):
    """Puts passphrases into the file that OBROK_PASSPHRASE_FILE names, as a new process would find it; none: no file."""

    def given(*lines: str, variable=passphrases.FILE):
        sealed._opened.clear()
        sealed._left.clear()
        passphrases._read.cache_clear()
        monkeypatch.delenv(variable, raising=False)
        if lines:
            path = tmp_path / f"given-{variable}"
            path.write_text("\n".join(lines) + "\n")
            path.chmod(0o600)
            monkeypatch.setenv(variable, str(path))

    return given


@pytest.fixture
def case(tmp_path, monkeypatch, two_documents):
    """A case of its own on two documents, with a claim on each; the files they came from are gone."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user-archive"))
    monkeypatch.setenv("OBROK_DOCUMENTS", "")
    return shutil.copytree(two_documents, tmp_path / "mine")


@pytest.fixture(scope="module")
def two_documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "mine"
    shutil.copytree(shipped_folder() / "blank", folder)
    with_files(folder, {"page.html": PAGE, "harbour.txt": PLAIN})
    page = (folder / "archive" / "texts" / f"{TEXT}.txt").read_text()
    claims = [("counted", "page", page, "counted thrice a day now"), ("found", "harbour", PLAIN, "A few were found")]
    rows = "".join(
        f"  - id: {id}\n    document: {name}\n    anchor: {Anchor.find(text, words)[0].as_yaml()}\n    source: S1\n"
        "    paraphrase: In other words.\n    informs: context\n"
        for id, name, text, words in claims
    )
    source = '{id: S1, kind: unnamed person, near: close, credence: {value: 0.8, why: "there"}}'
    (folder / "claims.yaml").write_text(f"format: 1\nsources:\n  - {source}\nclaims:\n{rows}")
    return folder


def with_files(folder, files):
    for name, text in files.items():
        (folder.parent / name).write_text(text)
    done = take_in(folder, [folder.parent / n for n in files], About(published="2016-03-02"))
    for name in files:
        (folder.parent / name).unlink()
    assert not done.problems and len(done.taken) == len(files)


def everything(archive):
    """What an archive holds, by its names in plain, opened with the ordinary age format and nothing of obrok."""
    out = {}
    found = {p.relative_to(archive).as_posix(): p for p in archive.rglob("*") if p.is_file()}
    key = found.pop("identity.age", None)
    found.pop("recipient.txt", None)
    identity = None
    if key:
        text = sealed.age().passphrase.decrypt(key.read_bytes(), SECRET).decode()
        identity = pyrage.x25519.Identity.from_str(text.splitlines()[-1])
    for name, path in sorted(found.items()):  # NAME before NAME.age, which counts
        if identity and name.endswith(".age"):
            out[name.removesuffix(".age")] = pyrage.decrypt(path.read_bytes(), [identity])
        else:
            out[name] = path.read_bytes()
    return {n: data for n, data in out.items() if not n.startswith("index")}


def in_plain(*roots):
    """Files beneath with a word of the documents in them, in any of the usual encodings."""
    needles = [
        w.encode(c) for word in WORDS for w in (word, word.capitalize()) for c in ("utf-8", "utf-16-le", "utf-16-be")
    ]
    files = [p for root in roots for p in root.rglob("*") if p.is_file()]
    assert files
    return sorted({p.name for p in files for data in [p.read_bytes()] if any(n in data for n in needles)})


def test_nothing_of_a_text_stays_in_plain(case, give, call, quick, tmp_path, monkeypatch):
    """What was there before, what came later, the index, codes of spans, custody; and all of it is there with the key."""
    for name in ("TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "looked-at").touch()
        monkeypatch.setenv(name, str(tmp_path / name))
    archive = case / "archive"
    (archive / "scan of a letter.txt").write_text("By hand: the quartermaster wrote this.")  # found by its digest
    text = (case / "documents.yaml").read_text()
    (case / "documents.yaml").write_text(text.replace("\n    licence:", "\n    protected: true\n    licence:", 1))
    assert call("find", case, "quartermaster")[0] == 0
    publish(case, tmp_path / "first")
    before = everything(archive)
    modes = {n: stat.S_IMODE((archive / n).stat().st_mode) for n in before}
    assert {"index.sqlite", "key", "custody.jsonl", "published.jsonl"} <= {p.name for p in archive.iterdir()}
    assert len(in_plain(archive)) >= 5  # the search below can find them

    give(SECRET)
    code, out, _ = call("lock", case, "--hand", "K7")
    assert code == 0 and "locked from now on" in out and "identity.age" in out
    assert in_plain(case, *(tmp_path / n for n in ("TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"))) == []
    assert not any(
        b"Builders leave" in p.read_bytes() for p in archive.rglob("*") if p.is_file()
    )  # the map's own words
    left = [p for p in archive.rglob("*") if p.is_file() and p.suffix != ".age"]
    assert [p.name for p in left] == ["recipient.txt"]
    assert {n: stat.S_IMODE((archive / f"{n}.age").stat().st_mode) for n in before} == modes
    assert all(stat.S_IMODE(p.stat().st_mode) & 0o077 == 0 for p in archive.rglob("*") if "scan" not in p.name)
    after = everything(archive)
    assert after.pop("custody.jsonl").startswith(before.pop("custody.jsonl")) and after == before

    give(SECRET)
    with_files(case, {"later.txt": LATER})
    for n in range(2):  # with an index that is made, and with one that is kept
        code, out, _ = call("find", case, "quartermaster", "--json")
        assert code == 0 and {h["id"] for h in json.loads(out)["hits"]} == {"page", "later"}, n
    code, out, _ = call("check", case)
    assert code == 0 and "2 anchors checked" in out and "altered" not in out
    publish(case, tmp_path / "second")
    assert find_original(sha256("By hand: the quartermaster wrote this."), case).name == "scan of a letter.txt"
    claims = [(tmp_path / n / "claims.yaml").read_text() for n in ("first", "second")]
    assert claims[0] == claims[1]  # the same key, the same codes
    assert in_plain(case, *(tmp_path / n for n in ("TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"))) == []
    assert len(list((archive / "texts").iterdir())) == 3 and (archive / "index.sqlite.age").exists()
    assert not (archive / "custody").exists()
    told = [json.loads(line) for line in lines(archive)]
    assert [x["what"] for x in told] == ["taken in", "taken in", "locked", "taken in"] and told[2]["hand"] == "K7"

    code, out, _ = call("unlock", case)
    assert code == 0 and "decrypted" in out
    assert not [p for p in archive.rglob("*") if p.suffix == ".age" or p.name == "recipient.txt"]
    found = everything(archive)
    assert found.items() >= before.items() and alterations(archive) == []
    assert {n: stat.S_IMODE((archive / n).stat().st_mode) for n in before} == {n: modes[n] for n in before}
    give()
    assert call("check", case)[0] == 0


def test_without_the_passphrase_it_says_so_and_what_to_do(case, give, call, tmp_path, quick):
    give(SECRET)
    locking.lock(case / "archive")
    give()
    code, out, _ = call("check", case)
    assert (
        code == 0 and "2 anchors not checked here: the archive is locked." in out and "not on this machine" not in out
    )
    assert "nobody can say here whether it was altered" in out and passphrases.FILE in out
    code, out, _ = call("check", case, "--documents-required")
    assert code == 1 and "is in an archive that is locked" in out
    (tmp_path / "more.txt").write_text(LATER)
    before = {p: p.read_bytes() for p in (case / "archive").rglob("*") if p.is_file()}
    for args in (("find", case, "few"), ("read", case, "more.txt", "--published", "2016-01-01"), ("publish", case),
                 ("lock", case), ("unlock", case), ("lock", case, "--change")):  # fmt: skip
        code, out, _ = call(*args)
        assert code == 1 and "the archive is locked" in out and passphrases.FILE in out, args
    assert {p: p.read_bytes() for p in (case / "archive").rglob("*") if p.is_file()} == before
    assert "A later note" not in (case / "documents.yaml").read_text()

    give("not this one, surely", "nor this one here")
    for args in (("check", case), ("find", case, "few"), ("unlock", case)):
        code, out, _ = call(*args)
        assert code == 1 and "wrong passphrase" in out and "not this one" not in out
    give("not this one, surely", SECRET)  # a line for each archive
    assert call("check", case)[0] == 0 and load(case).anchors.checked == 2


def test_only_where_a_text_is_needed(case, give, quick, monkeypatch):
    """The user's own archive, locked too, is not asked about while everything lies in the case's."""
    from obrok.evidence.archive import user_archive

    own = user_archive()
    with keeping(own) as keeper:
        (read,) = read_bytes(LATER.encode(), "later.txt")
        keeper.keep(read, sha256(LATER), sha256(LATER))
    for folder in (own, case / "archive"):
        give(SECRET if folder == own else OTHER)
        locking.lock(folder)
    asked = []
    offered = passphrases.offered
    monkeypatch.setattr(passphrases, "offered", lambda name: asked.append(name) or offered(name))
    give(OTHER)
    load(case), load(case)
    assert asked == ["mine/archive"]  # once a process
    give(OTHER)
    assert shut_in(sha256(LATER), sha256(LATER), case) == own and not is_here(sha256("x"), None, case)
    give(SECRET, OTHER)
    assert find_text(sha256(LATER), sha256(LATER), case) == LATER


def test_no_index_in_plain_of_a_text_in_a_locked_archive(case, give, quick, call):
    """The case's own archive is plain, and a text of it lies in the user's, which is locked."""
    from obrok.evidence.archive import user_archive

    own = user_archive()
    own.parent.mkdir(exist_ok=True)
    (case / "archive").rename(own)
    assert call("find", case, "quartermaster")[0] == 0 and in_plain(case / "archive") == ["index.sqlite"]
    give(SECRET)
    locking.lock(own)
    for n in range(2):
        assert call("find", case, "quartermaster")[0] == 0, n
        assert not list((case / "archive").iterdir())
    give()
    code, out, _ = call("find", case, "quartermaster")
    assert code == 1 and "user-archive: the archive is locked" in out


@pytest.mark.parametrize(
    ("lines", "mode", "told"),
    [
        ([""], 0o600, "empty"), (["   "], 0o600, "empty"), (["short"], 0o600, "too short"), (["aaaaaaaaaaaaaaaaaaaa"], 0o600, "too plain"),
        ([SECRET], 0o640, "others can read"), ([SECRET], 0o604, "others can read"), (None, 0, "cannot be read"),
    ],
)  # fmt: skip
def test_passphrases_that_are_refused(case, tmp_path, monkeypatch, lines, mode, told):
    path = tmp_path / "given"
    if lines is not None:
        path.write_text("\n".join(lines))
        path.chmod(mode)
    monkeypatch.setenv(passphrases.FILE, str(path))
    before = everything(case / "archive")
    with pytest.raises(ProblemsFound, match=told) as refused:
        locking.lock(case / "archive")
    assert SECRET not in str(refused.value) and str(tmp_path) not in str(refused.value)
    assert everything(case / "archive") == before and not sealed.is_locked(case / "archive")


def test_another_passphrase(case, give, call, quick):
    archive = case / "archive"
    give(SECRET)
    locking.lock(archive)
    files = {p: p.read_bytes() for p in archive.rglob("*.age") if p.name != "identity.age"}
    give("weak", variable=passphrases.NEW_FILE)
    assert call("lock", case, "--change")[0] == 1
    give(OTHER, variable=passphrases.NEW_FILE)
    code, out, _ = call("lock", case, "--change")
    assert code == 0 and SECRET not in out and OTHER not in out
    assert {p: p.read_bytes() for p in files} == files  # the key is the same
    give(SECRET)
    assert call("check", case)[0] == 1
    give(OTHER)
    assert call("check", case)[0] == 0


# --- kills -----------------------------------------------------------------------------------------------------------
_WRITES = ("os.rename", "os.remove", "os.chmod", "os.rmdir", "os.mkdir", "os.link", "os.truncate")


def killed_at(n, archive, action):
    """Does it in a process that is killed just before its n-th change of the disk beneath a folder. Whether it was."""
    child = os.fork()
    if not child:
        left = n

        def hook(event, args):
            nonlocal left
            writes = event in _WRITES
            if event == "open":
                flags = args[2] if isinstance(args[2], int) else 0
                writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            if writes and str(archive) in os.fsdecode(args[0] if not isinstance(args[0], int) else b""):
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def take_one():
    def action(archive):
        with keeping(archive, "K1") as keeper:
            (read,) = read_bytes(LATER.encode(), "later.txt")
            keeper.keep(read, sha256(LATER), sha256(LATER))

    return action


ACTIONS = {"lock": (False, locking.lock), "unlock": (True, locking.unlock), "change": (True, locking.change), "keep": (True, take_one()), "keep in plain": (False, take_one())}  # fmt: skip


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An archive of one document and one file put there by hand, with what older versions left."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user-archive"))
    monkeypatch.setenv("OBROK_DOCUMENTS", "")
    kept = tmp_path / "case" / "archive"
    with keeping(kept) as keeper:
        (read,) = read_bytes(PLAIN.encode(), "harbour.txt")
        keeper.keep(read, sha256(PLAIN), sha256(PLAIN))
    (kept / "by hand.txt").write_text("Lies there by hand.")
    (kept / "texts" / f"{'0' * 64}.txt.part").write_text("left by an older version")
    return kept


@pytest.mark.parametrize("what", ACTIONS)
def test_a_kill_at_any_moment_loses_nothing_and_the_same_command_goes_on(small, give, quick, tmp_path, what):
    locked, action = ACTIONS[what]
    kept = small
    give(SECRET)
    if locked:
        locking.lock(kept)
    give(SECRET, variable=passphrases.NEW_FILE)
    before = {n: d for n, d in everything(kept).items() if not n.endswith("part")}
    custody, kept_lines = before.pop("custody.jsonl"), 0
    for n in range(10_000):
        archive = tmp_path / f"try-{n}" / "archive"
        shutil.copytree(kept, archive)
        give(SECRET)
        was_killed = killed_at(n, archive, lambda: action(archive))  # noqa: B023
        found = everything(archive)  # whole in one form at least, wherever it was stopped
        assert {k: found[k] for k in before} == before, n
        give(SECRET)
        assert find_text(sha256(PLAIN), sha256(PLAIN), archive.parent) == PLAIN
        assert not [a for a in alterations(archive) if "there in plain" not in a and "recipient" not in a], n
        kept_lines, was = len(lines(archive)), kept_lines
        assert kept_lines >= was, n  # a line that was written stays
        if sealed.is_locked(archive) or what != "unlock":
            action(archive)
        found = everything(archive)
        assert found.pop("custody.jsonl").startswith(custody)
        assert {k: found[k] for k in before} == before and alterations(archive) == []
        extra = {k for k in found if k not in before and not k.endswith(".part")}
        assert len(extra) == 3 * what.startswith("keep")
        forms = [p.suffix == ".age" for p in archive.rglob("*") if p.is_file() and p.name != "recipient.txt"]
        assert not any(forms) if what in ("unlock", "keep in plain") else all(forms)
        told = [json.loads(line)["what"] for line in lines(archive)]
        assert told.count("locked") == (what != "keep in plain") and told.count("unlocked") == (what == "unlock")
        assert told.count("taken in") == 1 + what.startswith("keep")
        if not was_killed:
            break
        shutil.rmtree(archive.parent)
    assert n >= 4 and not was_killed


@pytest.mark.parametrize("what", ["lock", "unlock"])
def test_a_full_disk_loses_nothing(small, give, quick, tmp_path, what):
    """No file may grow beyond so many bytes: writing stops amid a file."""
    kept = small
    next(kept.rglob("*.part")).unlink()
    give(SECRET)
    if what == "unlock":
        locking.lock(kept)
    before = everything(kept)
    custody = before.pop("custody.jsonl")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (0, 1, 100, 250, 300, 400, 700, 1_000, 1_500):
        archive = tmp_path / f"full-{most}" / "archive"
        shutil.copytree(kept, archive)
        give(SECRET)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            getattr(locking, what)(archive)
            full = False
        except OSError:
            full = True
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert full or most > 300
        found = everything(archive)
        assert {k: found[k] for k in before} == before
        give(SECRET)
        if sealed.is_locked(archive) or what == "lock":
            getattr(locking, what)(archive)
        found = everything(archive)
        assert found.pop("custody.jsonl").startswith(custody) and found == before and alterations(archive) == []
        assert sealed.is_locked(archive) == (what == "lock")


# --- altered, mixed, hostile -----------------------------------------------------------------------------------------
def test_a_flipped_byte_is_told_and_nothing_is_unlocked_over_it(case, give, quick):
    archive = case / "archive"
    (archive / "photographs").mkdir()
    (archive / "photographs" / "quay.txt").write_text("Put there by hand, in a folder of its own.")
    give(SECRET)
    locking.lock(archive)
    assert alterations(archive) == []
    for path in sorted(archive.rglob("*.age")):
        if path.name == "identity.age":
            continue
        sound, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
        os.chmod(path, 0o600)
        for at in (0, 30, len(sound) // 2, len(sound) - 1):
            path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
            told = alterations(archive)
            assert any(path.name[:16] in t and "does not open" in t for t in told), (path.name, at)
            assert at or any("does not open" in str(p) for p in notes(load(case)))
            before = {p.name for p in archive.rglob("*")}
            with pytest.raises(ProblemsFound, match="does not open"):
                locking.unlock(archive)
            assert {p.name for p in archive.rglob("*")} == before
        path.write_bytes(sound)
        os.chmod(path, mode)
    text = archive / "texts" / f"{sha256(PLAIN)}.txt.age"
    text.write_bytes(sealed.encrypted(sealed.identity_of(archive), b"Another text, well encrypted."))
    assert any("not those taken in" in t for t in alterations(archive))
    assert find_text(sha256(PLAIN), sha256(PLAIN), case) == PLAIN  # from the original
    (archive / "recipient.txt").write_text(str(pyrage.x25519.Identity.generate().to_public()))
    assert any("recipient.txt" in t for t in alterations(archive))
    give(SECRET)
    with_files(case, {"later.txt": LATER})  # not to whoever's key lies there
    assert find_text(sha256(LATER), sha256(LATER), case) == LATER
    (archive / "texts" / f"{sha256('x')}.txt.obrok-part").write_text("left by an unlock that was killed")
    assert any("there in plain" in t for t in alterations(archive))
    (archive / "identity.age").unlink()
    assert any("identity.age: it is gone" in t for t in alterations(archive))


def test_a_page_is_read_again_through_a_pipe(case, give, quick):
    """Its working copy is gone: the bytes go to the process that reads, and no file may be written meanwhile."""
    archive = case / "archive"
    give(SECRET)
    text = find_text(sha256(PAGE), None, case)
    locking.lock(archive)
    shutil.rmtree(archive / "texts")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        assert find_text(sha256(PAGE), sha256(text), case) == text
        assert told_of(sha256(PAGE), case)["kind"] == "web page"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_process_of_its_own_gets_what_was_opened(case, give, quick):
    """The dashboard's run is told the keys by its pipe, and asks nobody."""
    give(SECRET)
    locking.lock(case / "archive")
    code = "import json, sys; from obrok.evidence import sealed; from obrok.case.case import load\n"
    code += "sealed.take_keys(json.loads(sys.stdin.readline())); print(load(sys.argv[1]).anchors.told())"
    env = {k: v for k, v in os.environ.items() if k != passphrases.FILE}
    for keys, told in ((sealed.keys(), "2 anchors checked"), ({}, "the archive is locked")):
        given = json.dumps(keys) + "\n"
        done = subprocess.run([sys.executable, "-c", code, case], input=given, capture_output=True, text=True, env=env)
        assert told in done.stdout, done.stderr


def test_the_dashboard_shows_that_it_is_locked(case, give, quick):
    from obrok.outward.serve import evidence
    from obrok.outward.serve.shelf import Shelf

    give(SECRET)
    locking.lock(case / "archive")
    opened = Shelf(load(case), None)
    told = evidence.document(opened, "harbour")
    assert told["text"] == "here" and told["paragraphs"]
    assert set(evidence.more(opened)["texts"].values()) == {"here"}
    give()  # the same dashboard would see it, too
    shut = Shelf(load(case), None)
    told = evidence.document(shut, "harbour")
    assert told["text"] == "locked" and told["paragraphs"] == [] and told["elsewhere"] == ["found"]
    assert set(evidence.more(shut)["texts"].values()) == set(evidence.more(opened)["texts"].values()) == {"locked"}


def test_a_search_in_the_dashboard_is_told_that_it_is_locked(case, give, quick):
    """Opened, its index is in memory and kept encrypted; shut, nothing is found, and the claims can still be read."""
    from obrok.outward.finding import Finder
    from obrok.outward.serve.searching import LOCKED, Searching
    from obrok.outward.serve.shelf import Shelf

    def found(searching, opened):
        while "building" in (told := searching.ask(opened, "quartermaster", 0)):
            time.sleep(0.02)
        return told

    give(SECRET)
    locking.lock(case / "archive")
    opened, searching = load(case), Searching(Finder(case), lambda: False)
    (hit,) = found(searching, opened)["hits"]
    assert (["quartermaster", True] in map(list, hit["pieces"])) and hit["found"] == 2
    assert not list((case / "archive").glob("index*.sqlite")) and (case / "archive" / "index.sqlite.age").is_file()
    give()
    shut = load(case)
    assert found(Searching(Finder(case), lambda: False), shut) == {"wrong": LOCKED}
    assert Shelf(shut, None).rows()


def test_both_forms_that_differ_are_both_kept(case, give, quick):
    archive = case / "archive"
    (archive / "letter.txt").write_text("First.")
    give(SECRET)
    locking.lock(archive)
    (archive / "letter.txt").write_text("Another letter of that name.")
    (archive / "foreign.age").write_bytes(pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]))
    (archive / "odd.age").write_text("Plain, though it is called so.")
    assert any("there in plain" in t for t in alterations(archive))
    done = locking.lock(archive)
    assert [p.what for p in done.problems] == ["the file is there in plain and encrypted, and the two differ"]
    assert (archive / "letter.txt").read_text() == "Another letter of that name."
    assert (archive / "odd.age.age").exists() and not (archive / "odd.age").exists()
    (archive / "letter.txt").rename(archive / "letter-2.txt")
    assert locking.lock(archive).problems == []
    with pytest.raises(ProblemsFound, match=r"foreign\.age"):
        locking.unlock(archive)
    (archive / "foreign.age").unlink()
    locking.unlock(archive)
    letters = {p.name: p.read_text() for p in archive.iterdir() if "letter" in p.name or "odd" in p.name}
    assert letters == {
        "letter.txt": "First.",
        "letter-2.txt": "Another letter of that name.",
        "odd.age": "Plain, though it is called so.",
    }


def test_a_busy_machine_does_not_weaken_the_key(monkeypatch):
    """The library takes less work where its clock says that the machine is slow: such a key is not taken."""
    work = iter([14, 17, 21, 18])
    made = lambda data, passphrase: b"age-encryption.org/v1\n-> scrypt c2FsdA %d\n" % next(work)  # noqa: E731
    monkeypatch.setattr(sealed, "age", lambda: types.SimpleNamespace(passphrase=types.SimpleNamespace(encrypt=made)))
    assert locking._hard_enough(b"", SECRET).endswith(b" 18\n") and not list(work)


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", b"\xff" * 300, b"x" * 20_000])
def test_a_damaged_key_is_told(case, give, quick, call, data):
    give(SECRET)
    locking.lock(case / "archive")
    (case / "archive" / "identity.age").write_bytes(data)
    give(SECRET)
    code, out, _ = call("check", case)
    assert code == 1 and "identity.age is damaged" in out and "Traceback" not in out


def test_codes_of_spans_are_checked_with_the_key_alone(case, give, quick, tmp_path, monkeypatch):
    text = (case / "documents.yaml").read_text()
    (case / "documents.yaml").write_text(text.replace("\n    licence:", "\n    protected: true\n    licence:"))
    publish(case, tmp_path / "copy")
    spans = [c.span for c in load(tmp_path / "copy").evidence.claims.values()]
    monkeypatch.setenv("OBROK_ARCHIVE", str(case / "archive"))
    give(SECRET)
    locking.lock(case / "archive")
    assert [holds(s, tmp_path / "copy") for s in spans] == [True, True]
    give()
    assert [holds(s, tmp_path / "copy") for s in spans] == [None, None]


def test_many_threads_open_it_once(case, give, monkeypatch):
    """With the real scrypt, and the passphrase from a pipe, which can be read once."""
    give(SECRET)
    locking.lock(case / "archive")
    head = (case / "archive" / "identity.age").read_bytes().split(b"\n")[1].split()
    assert head[:2] == [b"->", b"scrypt"] and int(head[3]) >= 18  # no less, however busy the machine is
    give()
    out, into = os.pipe()
    os.write(into, SECRET.encode() + b"\n")
    os.close(into)
    monkeypatch.setenv(passphrases.FILE, f"/dev/fd/{out}")
    found = []
    ask = lambda: found.append(find_text(sha256(PLAIN), sha256(PLAIN), case))  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [PLAIN] * 6


def test_pyrage_is_missed_in_words(case, give, quick, monkeypatch, call):
    give(SECRET)
    locking.lock(case / "archive")
    monkeypatch.setattr(sealed, "age", AGE)
    monkeypatch.setitem(sys.modules, "pyrage", None)
    sealed._opened.clear()
    for args, wanted in ((("find", case, "few"), 1), (("lock", case), 1), (("check", case), 0)):
        code, out, _ = call(*args)
        assert code == wanted and "pip install 'obrok[encrypt]'" in out


def on_a_terminal(monkeypatch, answers, *args):
    """The command on a terminal of its own, with what is typed there → exit code and all that the terminal showed."""
    import pty

    child, handle = pty.fork()
    if not child:
        from obrok.outward import cli

        passphrases._asking = True
        sys.argv = ["obrok", *map(str, args)]
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        except BaseException as error:
            os.write(1, repr(error).encode())
            code = 99
        sys.stdout.flush()
        os._exit(code)
    shown, asked = b"", 0
    while True:
        try:
            shown += os.read(handle, 4096)
        except OSError:
            break
        while shown.count(b": \x1b") + shown.count(b"locked): ") + shown.count(b"/archive: \r") > 99:
            break
        prompts = (
            shown.count(b"(Enter: leave it locked): ")
            + shown.count(b"New passphrase for mine/archive: ")
            + shown.count(b"Once more: ")
        )
        while asked < min(prompts, len(answers)):
            os.write(handle, answers[asked].encode() + b"\n")
            asked += 1
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode(), asked


def test_on_a_terminal(case, quick, monkeypatch):
    """Asked for without echo, twice when it is set and once a command after; too weak, wrong, none."""
    typed = ["short", SECRET, SECRET + "x", SECRET, SECRET]
    code, shown, asked = on_a_terminal(monkeypatch, typed, "lock", case)
    assert (
        (code, asked) == (0, 5) and "not the same" in shown and "too short" in shown and "locked from now on" in shown
    )
    assert SECRET not in shown and "short\r" not in shown
    code, shown, asked = on_a_terminal(monkeypatch, ["wrong by a lot", SECRET], "check", case)
    assert (code, asked) == (0, 2) and "That is not the passphrase" in shown and "2 anchors checked" in shown
    assert "wrong by a lot" not in shown and SECRET not in shown
    code, shown, asked = on_a_terminal(monkeypatch, [""], "check", case)
    assert (code, asked) == (0, 1) and "2 anchors not checked here: the archive is locked" in shown
    code, shown, asked = on_a_terminal(monkeypatch, ["no 1", "no 2", "no 3"], "find", case, "few")
    assert (code, asked) == (1, 3) and "wrong passphrase, 3 times" in shown


def test_no_passphrase_in_what_is_written(case, give, quick, call, tmp_path):
    give(SECRET)
    locking.lock(case / "archive")
    shutil.copy(case / "archive" / "identity.age", tmp_path / "identity-copy")
    opened = load(case)
    (tmp_path / "record").write_text(json.dumps(record.identity(opened, 64, 1, [], {}, True, "picked")))
    assert call("find", case, "few")[0] == 0 and call("annotations", case, "--out", tmp_path / "claims.jsonld")[0] == 0
    assert call("publish", case, "--out", tmp_path / "copy")[0] == 0
    secret = sealed.keys().popitem()[1].encode()
    files = [p for p in tmp_path.rglob("*") if p.is_file() and not p.name.startswith("given-")]
    assert len(files) > 10
    assert not [p.name for p in files for data in [p.read_bytes()] if SECRET.encode() in data or secret in data]
    assert in_plain(tmp_path) == []
