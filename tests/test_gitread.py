"""Reading commits: real repositories, honest and hostile."""

import hashlib
import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from autograder.files import Unreadable
from autograder.intake import gitobjects, gitrefs
from autograder.intake.gitread import open_commit
from autograder.intake.gitrefs import git_folder, read_head

IDENTITY = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_{what}": "student" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env=os.environ | IDENTITY, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def make(folder: Path, files: dict[str, bytes], *options: str) -> str:
    """Make a work tree with one commit; returns the commit."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", *options)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-q", "-m", "work", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def commit_tree(folder: Path, entries: list[tuple[str, bytes, str]]) -> str:
    """Commit a hand-written tree of (mode, name, object), which git itself would refuse to make."""
    data = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(id) for mode, name, id in entries)
    return git(folder, "commit-tree", "-m", "forged", write_object(folder / ".git", b"tree", data))


def write_object(repository: Path, kind: bytes, data: bytes, name: str = "") -> str:
    whole = kind + b" %d\0" % len(data) + data
    name = name or hashlib.sha1(whole).hexdigest()
    path = repository / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(zlib.compress(whole))
    return name


def files_of(path: Path, base: str = "") -> dict[str, bytes]:
    repository = git_folder(path)
    assert repository
    with open_commit(repository, read_head(repository).commit) as listing:
        return {entry.path: entry.read() for entry in listing(base) if entry.kind == "file"}


@pytest.fixture
def student(tmp_path):
    make(tmp_path / "alice", {"a/b/x.py": b"x = 1\n", "a/y.py": b"", "z.py": b"z\r\n"})
    return tmp_path / "alice"


def test_reads_every_file_of_a_work_tree(student):
    assert files_of(student) == {"z.py": b"z\r\n", "a/y.py": b"", "a/b/x.py": b"x = 1\n"}


def test_reads_one_folder_and_an_absent_one(student):
    assert files_of(student, "a") == {"y.py": b"", "b/x.py": b"x = 1\n"}
    assert files_of(student, "a/b/c") == {}
    assert files_of(student, "z.py") == {}


def test_reads_what_is_committed_not_what_lies_around(student):
    (student / "z.py").write_bytes(b"not committed")
    assert files_of(student)["z.py"] == b"z\r\n"


@pytest.mark.parametrize("pack", [False, True])
def test_reads_a_bare_repository_loose_and_packed(student, tmp_path, pack):
    git(tmp_path, "clone", "-q", "--bare", "--no-local", str(student), "bare")
    if not pack:
        (pack_file,) = (tmp_path / "bare" / "objects" / "pack").glob("*.pack")
        shutil.move(pack_file, tmp_path / "moved.pack")
        (tmp_path / "bare" / "objects" / "pack" / (pack_file.stem + ".idx")).unlink()
        git(tmp_path / "bare", "unpack-objects", "-q", stdin=(tmp_path / "moved.pack").read_bytes())
    assert files_of(tmp_path / "bare") == files_of(student)


def test_reads_a_sha256_repository(tmp_path):
    commit = make(tmp_path / "s", {"x.py": b"1"}, "--object-format=sha256")
    assert len(commit) == 64
    assert files_of(tmp_path / "s") == {"x.py": b"1"}


def test_reads_an_older_commit_by_name(student):
    first = git(student, "rev-parse", "HEAD")
    (student / "z.py").write_bytes(b"later")
    git(student, "commit", "-qam", "later")
    with open_commit(student / ".git", first) as listing:
        assert {entry.path: entry.read() for entry in listing("")}["z.py"] == b"z\r\n"


def test_follows_packed_references_and_detached_heads(student):
    commit = git(student, "rev-parse", "HEAD")
    git(student, "pack-refs", "--all")
    assert not (student / ".git/refs/heads/main").exists()
    assert read_head(student / ".git").commit == commit
    git(student, "checkout", "-q", "--detach")
    assert read_head(student / ".git").commit == commit


def test_an_empty_repository_has_no_commit(tmp_path):
    git(tmp_path, "init", "-q", "empty")
    git(tmp_path, "init", "-q", "--bare", "bare")
    for path in (tmp_path / "empty/.git", tmp_path / "bare"):
        with pytest.raises(Unreadable, match="has no commit"):
            read_head(path)


def test_the_only_branch_is_taken_when_head_names_none(student):
    (student / ".git/HEAD").write_text("ref: refs/heads/master\n")
    assert read_head(student / ".git").notice == (
        "The default branch has no commit: the only other branch, main, was graded."
    )
    git(student, "branch", "other", "main")
    with pytest.raises(Unreadable, match=r"several other branches \(main, other\)"):
        read_head(student / ".git")


@pytest.mark.parametrize(
    "head",
    [
        "ref: ../../other/.git/HEAD",
        "ref: refs/heads/../../../secret",
        "ref: /etc/passwd",
        "ref: refs/heads/-x",
        "main",
        "",
        "0" * 39,
        "ref: refs/heads/a\x00b",
    ],
)
def test_a_strange_head_is_refused(student, head):
    (student / ".git/HEAD").write_text(head)
    with pytest.raises(Unreadable, match="neither a commit nor a branch"):
        read_head(student / ".git")


def test_references_in_a_circle_end(student):
    (student / ".git/refs/heads/main").write_text("ref: refs/heads/main")
    with pytest.raises(Unreadable, match="in a circle"):
        read_head(student / ".git")


@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "refs/heads/main", "refs/heads", "refs"])
def test_no_symbolic_link_is_followed_for_a_reference(student, tmp_path, name):
    git(student, "pack-refs", "--all")
    (student / ".git/refs/heads/main").write_text(git(student, "rev-parse", "HEAD"))
    (student / ".git" / name).rename(tmp_path / "elsewhere")
    (student / ".git" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unreadable, match="symbolic link"):
        read_head(student / ".git")


def test_a_commit_that_is_not_there_is_refused(student):
    with (
        pytest.raises(Unreadable, match="does not hold the commit 1111"),
        open_commit(student / ".git", "1" * 40),
    ):
        pass
    tree = git(student, "rev-parse", "HEAD^{tree}")
    with pytest.raises(Unreadable, match="has a tree where a commit"), open_commit(student / ".git", tree):
        pass


@pytest.mark.parametrize("commit", ["HEAD", "main", "--batch", "", "1" * 39, "1" * 40 + "\n", "A" * 40])
def test_only_a_full_hexadecimal_name_is_a_commit(student, commit):
    with pytest.raises(Unreadable, match="40 hexadecimal digits"), open_commit(student / ".git", commit):
        pass


class TestBorrowed:
    """Objects that lie elsewhere could be another student's, or a file of the host."""

    @pytest.fixture(autouse=True)
    def _two(self, tmp_path):
        make(tmp_path / "bob", {"schedule.py": b"bob's work"})
        self.bob, self.eve = tmp_path / "bob/.git", tmp_path / "eve/.git"
        self.commit = git(tmp_path / "bob", "rev-parse", "HEAD")

    def refused(self, why: str) -> None:
        with pytest.raises(Unreadable, match=why), open_commit(self.eve, self.commit):
            pass

    @pytest.mark.parametrize("name", ["alternates", "http-alternates"])
    def test_alternates(self, tmp_path, name):
        git(tmp_path, "init", "-q", "eve")
        (self.eve / "objects/info" / name).write_text(f"{self.bob}/objects\n")
        self.refused("borrows from another repository")

    def test_objects_as_a_link(self, tmp_path):
        git(tmp_path, "init", "-q", "eve")
        shutil.rmtree(self.eve / "objects")
        (self.eve / "objects").symlink_to(self.bob / "objects")
        self.refused("link or special file")

    def test_links_among_the_objects(self, tmp_path):
        git(tmp_path, "init", "-q", "eve")
        for folder in (self.bob / "objects").iterdir():
            if not (self.eve / "objects" / folder.name).exists():
                (self.eve / "objects" / folder.name).symlink_to(folder)
        self.refused("link or special file")

    def test_a_pipe_among_the_objects(self, tmp_path):
        git(tmp_path, "init", "-q", "eve")
        os.mkfifo(self.eve / "objects/pack/pack-x.idx")
        self.refused("link or special file")

    def test_a_worktree(self, tmp_path):
        git(tmp_path / "bob", "worktree", "add", "-q", str(tmp_path / "eve"), "-b", "eve")
        with pytest.raises(Unreadable, match="points elsewhere"):
            git_folder(tmp_path / "eve")

    def test_a_common_folder(self, tmp_path):
        git(tmp_path, "init", "-q", "eve")
        (self.eve / "commondir").write_text(str(self.bob))
        self.refused("borrows from another repository")

    def test_a_git_folder_as_a_link(self, tmp_path):
        (tmp_path / "eve").mkdir()
        self.eve.symlink_to(self.bob)
        with pytest.raises(Unreadable, match="points elsewhere"):
            git_folder(tmp_path / "eve")


def test_no_setting_hook_or_filter_of_the_repository_runs(student, tmp_path):
    """Every one of these settings starts a command when git runs in the repository itself."""
    canary = tmp_path / "canary"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    (student / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git(student, "add", ".gitattributes")
    git(student, "commit", "-qm", "attributes")
    blob = git(student, "rev-parse", "HEAD:z.py")
    (student / ".git/config").write_text(
        f"""[core]
\trepositoryformatversion = 1
\tfsmonitor = {script}
\thooksPath = {tmp_path}
\tsshCommand = {script}
\tpager = {script}
\talternateRefsCommand = {script}
[filter "evil"]
\tsmudge = {script}
\tclean = {script}
\tprocess = {script}
\trequired = true
[diff "evil"]
\ttextconv = {script}
[uploadpack]
\tpackObjectsHook = {script}
[remote "origin"]
\turl = ext::{script}
\tpromisor = true
\tpartialclonefilter = blob:none
[protocol "ext"]
\tallow = always
[extensions]
\tpartialClone = origin
[include]
\tpath = {script}
"""
    )
    for hook in ("post-checkout", "fsmonitor-watchman", "reference-transaction", "post-index-change"):
        shutil.copy(script, student / ".git/hooks" / hook)
    assert files_of(student)["z.py"] == b"z\r\n"
    (student / ".git/objects" / blob[:2] / blob[2:]).unlink()  # a lazy fetch would ask the remote for it
    with open_commit(student / ".git", read_head(student / ".git").commit) as listing:
        assert {entry.path: entry.kind for entry in listing("")}["z.py"] == "missing object"
    assert not canary.exists()


def test_the_canary_of_the_test_above_does_run_where_git_trusts_the_repository(student, tmp_path):
    canary = tmp_path / "canary"
    (student / ".gitattributes").write_text("*.py filter=evil\n")
    git(student, "config", "filter.evil.smudge", f"touch {canary}; cat")
    (student / "z.py").unlink()
    git(student, "checkout", "-q", "--", "z.py")
    assert canary.exists()


def test_replaced_objects_and_grafts_take_no_part(student):
    first = git(student, "rev-parse", "HEAD")
    (student / "z.py").write_bytes(b"replaced")
    git(student, "commit", "-qam", "later")
    git(student, "replace", first, "HEAD")
    with open_commit(student / ".git", first) as listing:
        assert {entry.path: entry.read() for entry in listing("")}["z.py"] == b"z\r\n"


@pytest.mark.parametrize("kind", ["blob", "tree", "commit"])
def test_an_object_that_does_not_hash_to_its_name_is_refused(student, kind):
    name = {"blob": "HEAD:z.py", "tree": "HEAD^{tree}", "commit": "HEAD"}[kind]
    id = git(student, "rev-parse", name)
    content = subprocess.run(
        ["git", "cat-file", kind, id], cwd=student, capture_output=True, check=True
    ).stdout
    write_object(student / ".git", kind.encode(), content + b"\n", name=id)
    with pytest.raises(Unreadable, match="is damaged: an object does not hold"):
        files_of(student)


def test_links_submodules_and_strange_names_are_seen_as_what_they_are(student):
    blob = git(student, "rev-parse", "HEAD:z.py")
    commit = commit_tree(
        student,
        [
            ("100644", b"..", blob),
            ("100644", b"../../evil.py", blob),
            ("100644", b"a\\b.py", blob),
            ("100755", b"good.py", blob),
            ("100644", b"latin\xe9.py", blob),
            ("120000", b"link.py", blob),
            ("160000", b"module", "1" * 40),
            ("40000", b".git", git(student, "rev-parse", "HEAD:a")),
            ("100644", b"twice.py", blob),
            ("100644", b"twice.py", blob),
        ],
    )
    with open_commit(student / ".git", commit) as listing:
        seen = [(entry.path, entry.kind) for entry in listing("")]
    assert seen == [
        ("..\\..\\evil.py", "file"),
        ("a\\b.py", "file"),
        ("good.py", "file"),
        ("latin\udce9.py", "file"),
        ("link.py", "symbolic link"),
        ("twice.py", "file"),
        ("twice.py", "file"),
        ("..", "file"),
        ("module", "submodule"),
    ]


@pytest.mark.parametrize("data", [b"100644 x", b"100644 x\0short", b"x y\0" + b"0" * 20, b"\0" * 30])
def test_a_broken_tree_is_refused(student, data):
    tree = write_object(student / ".git", b"tree", data)
    body = f"tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n".encode()
    commit = write_object(student / ".git", b"commit", body)
    with pytest.raises(Unreadable, match="damaged"), open_commit(student / ".git", commit) as listing:
        listing("")


def test_a_commit_without_a_tree_is_refused(student):
    commit = write_object(student / ".git", b"commit", b"nothing here")
    with pytest.raises(Unreadable, match="names no tree"), open_commit(student / ".git", commit):
        pass


def test_the_size_is_looked_at_before_the_content(student):
    """A loose object of zeros takes a thousandth of its size on disk."""
    compressor = zlib.compressobj(1)
    size = 60_000_000
    pieces = [compressor.compress(b"blob %d\0" % size)]
    pieces += [compressor.compress(bytes(10_000_000)) for _ in range(size // 10_000_000)]
    big = "ab" + "0" * 38
    (student / ".git/objects/ab").mkdir(exist_ok=True)
    (student / ".git/objects/ab" / big[2:]).write_bytes(b"".join(pieces) + compressor.flush())
    commit = commit_tree(student, [("100644", b"big.py", big)])
    with open_commit(student / ".git", commit) as listing:
        (entry,) = listing("")
        assert (entry.path, entry.size) == ("big.py", size)
        with (
            gitobjects.Objects(
                student.parent / "home", student / ".git/objects", sha256=False, timeout_s=10
            ) as objects,
            pytest.raises(Unreadable, match="more than the 1000000 that are read"),
        ):
            objects.read(big, "blob", 1_000_000)


def test_folders_without_end_end(student):
    tree = git(student, "rev-parse", "HEAD:a/b")
    for _ in range(60):
        tree = write_object(student / ".git", b"tree", b"40000 d\0" + bytes.fromhex(tree))
    commit = git(student, "commit-tree", "-m", "deep", tree)
    with open_commit(student / ".git", commit) as listing:
        assert listing("") == []


def test_a_tree_bomb_is_cut(student):
    """Ten folders of ten of ten ...: 10^10 files in eleven objects."""
    blob = git(student, "rev-parse", "HEAD:z.py")
    tree = write_object(
        student / ".git", b"tree", b"".join(b"100644 %d.py\0" % i + bytes.fromhex(blob) for i in range(10))
    )
    for _ in range(10):
        tree = write_object(
            student / ".git", b"tree", b"".join(b"40000 %d\0" % i + bytes.fromhex(tree) for i in range(10))
        )
    commit = git(student, "commit-tree", "-m", "bomb", tree)
    with open_commit(student / ".git", commit) as listing:
        assert len(listing("")) <= 2000


def test_reading_that_takes_too_long_is_ended(student, monkeypatch, tmp_path):
    slow = tmp_path / "slow-git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(gitobjects, "_git", lambda: str(slow))
    commit = git(student, "rev-parse", "HEAD")
    with (
        pytest.raises(Unreadable, match="took too long"),
        open_commit(student / ".git", commit, timeout_s=0.2),
    ):
        pass


def test_too_many_object_files_are_refused(student, monkeypatch):
    monkeypatch.setattr(gitrefs, "MAX_OBJECT_FILES", 3)
    with pytest.raises(Unreadable, match="git gc"):
        files_of(student)


def test_nothing_is_written_to_the_students_repository(student):
    before = sorted((path, path.stat().st_mtime_ns) for path in student.rglob("*"))
    files_of(student)
    assert sorted((path, path.stat().st_mtime_ns) for path in student.rglob("*")) == before
