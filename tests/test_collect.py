"""Collecting: a folder of submissions, honest and hostile, into records."""

import os
import socket
import stat
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from autograder.intake import collect as collecting
from autograder.intake.allowlist import AllowList
from autograder.intake.collect import collect
from autograder.intake.roster import TableError
from autograder.records import Submission
from tests.test_gitread import commit_tree, git, make

RELEASED = {
    "__init__.py": b"",
    "plays.py": b"def play(): ...\n",
    "README.md": b"# a04\n",
    "tests/test_schedule.py": b"def test(): ...\n",
}
ALLOW = AllowList("a04_ddpm", frozenset({"schedule.py", "forward.py"}), RELEASED)
HONEST = {"schedule.py": b"x = 1\n", "forward.py": b"y = 2\n"}
DUE = datetime(2026, 10, 1, 23, 59, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "submissions").mkdir()
    return tmp_path / "submissions"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def one(folder: Path, allow: AllowList = ALLOW) -> Submission:
    (submission,) = collect(folder, allow)
    return submission


def roster(tmp_path: Path, *students: str) -> Path:
    rows = "".join(f"s-{id},{id},,{id.title()}\n" for id in students)
    (tmp_path / "roster.csv").write_text("identifier,github_username,github_id,name\n" + rows)
    return tmp_path / "roster.csv"


def received(tmp_path: Path, *rows: str) -> Path:
    (tmp_path / "received.csv").write_text(
        "student,received_at,commit\n" + "".join(row + "\n" for row in rows)
    )
    return tmp_path / "received.csv"


class TestKinds:
    """The four ways to hand in give the same files."""

    def test_a_work_tree(self, folder):
        commit = make(folder / "ada", {f"assignments/a04_ddpm/{name}": text for name, text in HONEST.items()})
        assert one(folder) == Submission("ada", "", "ada", commit, dict(sorted(HONEST.items())))

    def test_a_bare_repository(self, folder, tmp_path):
        commit = make(tmp_path / "work", HONEST)
        git(
            tmp_path,
            "clone",
            "-q",
            "--bare",
            "--no-local",
            str(tmp_path / "work"),
            str(folder / "dm-a04-ada.git"),
        )
        assert (one(folder).student, one(folder).commit, one(folder).files) == ("ada", commit, HONEST)

    def test_a_folder_and_a_zip_have_the_same_content_id(self, folder):
        write(folder / "ada", HONEST)
        zipped(folder / "bob.zip", HONEST)
        ada, bob = collect(folder, ALLOW)
        assert ada.files == bob.files == HONEST
        assert ada.commit == bob.commit
        assert ada.commit.startswith("sha256:")
        assert len(ada.commit) == 7 + 64

    def test_the_content_id_depends_on_names_and_on_where_one_file_ends(self, folder):
        write(folder / "a", {"schedule.py": b"x", "forward.py": b"y"})
        write(folder / "b", {"schedule.py": b"y", "forward.py": b"x"})
        write(folder / "c", {"schedule.py": b"", "forward.py": b"yx"})
        assert len({submission.commit for submission in collect(folder, ALLOW)}) == 3

    def test_an_assignment_may_lie_beside_others_in_a_folder_of_its_name(self, folder):
        files = {f"a04_ddpm/{name}": text for name, text in HONEST.items()}
        zipped(folder / "ada.zip", {**files, "a03_unet/blocks.py": b"x = 1"})
        assert one(folder).files == HONEST

    @pytest.mark.parametrize(
        "around", ["", "repo-main/", "repo-main/assignments/a04_ddpm/", "assignments/a04_ddpm/"]
    )
    def test_a_downloaded_zip_may_have_a_folder_around(self, folder, around):
        zipped(folder / "ada.zip", {around + name: text for name, text in HONEST.items()})
        assert one(folder).files == HONEST

    def test_the_assignments_folder_wins_over_the_top(self, folder):
        write(folder / "ada", {**HONEST, "assignments/a04_ddpm/schedule.py": b"inside"})
        assert one(folder).files == {"schedule.py": b"inside"}

    def test_an_empty_folder_of_submissions_is_an_empty_class(self, folder):
        assert collect(folder, ALLOW) == []

    def test_the_order_is_by_student(self, folder):
        for name in ("zoe", "dm-a04-bob", "Ada"):
            write(folder / name, HONEST)
        assert [submission.student for submission in collect(folder, ALLOW)] == ["Ada", "bob", "zoe"]

    def test_tables_beside_the_submissions_are_no_submissions(self, folder):
        write(folder / "ada", HONEST)
        (folder / ".DS_Store").write_bytes(b"")
        table = roster(folder, "ada")
        assert [submission.student for submission in collect(folder, ALLOW, roster=table)] == ["ada"]

    def test_no_folder_is_a_mistake_of_the_ta(self, tmp_path):
        with pytest.raises(ValueError, match="no such folder of submissions"):
            collect(tmp_path / "absent", ALLOW)


class TestProblems:
    """What cannot be graded is a record with a problem, and the others are graded."""

    def problem(self, folder: Path) -> str:
        write(folder / "zz-honest", HONEST)
        *broken, honest = collect(folder, ALLOW)
        assert (honest.files, honest.problem) == (HONEST, "")
        (submission,) = broken
        assert (submission.files, submission.commit) == ({}, "")
        return submission.problem

    def test_an_empty_repository(self, folder):
        git(folder, "init", "-q", "ada")
        assert self.problem(folder) == "ada has no commit"

    def test_a_commit_without_files(self, folder):
        make(folder / "ada", {})
        assert "holds none of the files to hand in (forward.py, schedule.py)" in self.problem(folder)

    def test_an_empty_folder(self, folder):
        (folder / "ada").mkdir()
        assert "holds none of the files to hand in" in self.problem(folder)

    def test_a_broken_zip(self, folder):
        (folder / "ada.zip").write_bytes(b"PK\x03\x04 and no more")
        assert self.problem(folder) == "ada.zip is damaged or not a zip file"

    def test_another_format(self, folder):
        (folder / "ada.rar").write_bytes(b"Rar!")
        assert self.problem(folder) == "ada.rar is neither a folder, a git repository nor a .zip file"

    def test_a_link_to_another_students_folder(self, folder):
        (folder / "eve").symlink_to(folder / "zz-honest")
        assert self.problem(folder) == "eve is a symbolic link: put the submission itself here"

    def test_a_repository_that_borrows(self, folder, tmp_path):
        make(tmp_path / "bob", HONEST)
        git(tmp_path, "clone", "-q", "--shared", str(tmp_path / "bob"), str(folder / "eve"))
        assert "borrows from another repository" in self.problem(folder)

    def test_a_worktree_of_another_repository(self, folder, tmp_path):
        make(tmp_path / "bob", HONEST)
        git(tmp_path / "bob", "worktree", "add", "-q", str(folder / "eve"), "-b", "eve")
        assert "points elsewhere" in self.problem(folder)

    @pytest.mark.parametrize("name", ["two words", "-rf", "a;b", "=cmd", "\x1b[2Jx", "@all"])
    def test_an_impossible_name_gets_a_safe_one(self, folder, name):
        write(folder / name, HONEST)
        problem = self.problem(folder)
        assert "is no student's id" in problem
        assert "\x1b" not in problem
        assert all(
            submission.student.replace("-", "").replace("_", "").isalnum()
            for submission in collect(folder, ALLOW)
        )


class TestNotices:
    """One bad file costs itself, and a sentence says why."""

    def notices(self, folder: Path, files: dict[str, bytes], allow: AllowList = ALLOW) -> list[str]:
        write(folder / "ada", {**HONEST, **files})
        submission = one(folder, allow)
        assert submission.problem == ""
        self.files = submission.files
        return list(submission.notices)

    def test_an_honest_submission_has_none(self, folder):
        notes = {
            "notes.md": b"",
            "plot.png": b"\x89PNG",
            "lab.ipynb": b"{}",
            ".gitignore": b"",
            "tests/test_mine.py": b"",
            "__pycache__/schedule.cpython-311.pyc": b"",
            "lab.npz": b"PK",
        }
        assert self.notices(folder, {**RELEASED, **notes}) == []
        assert self.files == HONEST

    def test_own_helpers_are_taken(self, folder):
        assert self.notices(folder, {"my_helper.py": b"h", "test_mine.py": b"t"}) == []
        assert self.files == {**HONEST, "my_helper.py": b"h", "test_mine.py": b"t"}

    def test_a_skeleton_among_the_given_files_is_no_given_file(self, folder):
        allow = AllowList(
            "a04_ddpm", ALLOW.hand_in, {**RELEASED, "schedule.py": b"raise NotImplementedError"}
        )
        assert self.notices(folder, {}, allow) == []
        assert self.files == HONEST

    def test_an_edited_given_file_is_replaced(self, folder):
        given = {**RELEASED, "plays.py": b"cheat", "tests/test_schedule.py": b"def test(): pass"}
        assert self.notices(folder, given) == [
            "Replaced: plays.py, tests/test_schedule.py "
            "(given files are graded as released, your changes are not used)."
        ]
        assert self.files == HONEST

    def test_other_line_ends_in_a_given_file_are_no_edit(self, folder):
        assert self.notices(folder, {"plays.py": b"def play(): ...\r\n"}) == []

    def test_a_missing_file_is_named(self, folder):
        write(folder / "ada", {"schedule.py": b""})
        assert one(folder).notices == ("Not found: forward.py (the tasks of a missing file earn nothing).",)

    def test_another_case_of_a_file_to_hand_in_is_that_file_and_told(self, folder):
        write(folder / "ada", {"schedule.py": b"", "Forward.py": b"y = 2"})
        assert one(folder).files == {"schedule.py": b"", "forward.py": b"y = 2"}
        assert one(folder).notices == ("Forward.py is graded as forward.py: rename it.",)

    def test_of_two_in_other_cases_neither_is_that_file(self, folder):
        write(folder / "ada", {"schedule.py": b"", "Forward.py": b"", "FORWARD.py": b""})
        left_out, missing = one(folder).notices
        assert left_out.startswith(
            "Left out: FORWARD.py, Forward.py (differs from another file only in upper and lower case"
        )
        assert missing.startswith("Not found: forward.py")

    def test_what_is_not_utf_8_is_for_python_to_read_and_told(self, folder):
        files = {"schedule.py": b"x = 1\nname = '\xe9'\n", "forward.py": b"# coding: latin-1\n# \xe9\n"}
        write(folder / "ada", files)
        assert one(folder).files == dict(sorted(files.items()))
        assert one(folder).notices == (
            "schedule.py is not UTF-8: byte 0xe9 at offset 14, line 2; save it as UTF-8.",
        )

    @pytest.mark.parametrize(
        "name", ["torch.py", "numpy.py", "os.py", "Torch.py", "common.py", "autograder.py"]
    )
    def test_names_of_libraries(self, folder, name):
        assert self.notices(folder, {name: b""}) == [
            f"Left out: {name} (the name of a library or of a given file: rename it)."
        ]

    @pytest.mark.parametrize("name", ["tests.py", "hidden.py", "Hidden.py"])
    def test_names_of_given_folders(self, folder, name):
        assert "the name of a library or of a given file" in self.notices(folder, {name: b""})[0]

    @pytest.mark.parametrize(
        "name",
        ["conftest.py", "sitecustomize.py", "setup.py", "__main__.py", "pytest.ini", "tests/conftest.py"],
    )
    def test_settings(self, folder, name):
        assert self.notices(folder, {name: b""}) == [
            f"Left out: {name} (settings of Python and pytest are staff's)."
        ]
        assert self.files == HONEST

    @pytest.mark.parametrize(
        "name",
        [
            "schedule.so",
            "x.cpython-311-x86_64-linux-gnu.so",
            "sub/schedule.cpython-311.pyc",
            "x.pth",
            "d.pyd",
        ],
    )
    def test_compiled_code(self, folder, name):
        assert "compiled code is not graded" in self.notices(folder, {name: b""})[0]
        assert self.files == HONEST

    @pytest.mark.parametrize("name", ["sub/model.py", "weights.pt", "answers.npz", "data/x.pkl"])
    def test_what_a_program_would_load_is_told(self, folder, name):
        assert self.notices(folder, {name: b""}) == [
            f"Left out: {name} (only Python files beside forward.py are taken)."
        ]

    @pytest.mark.parametrize(
        "name",
        ["größe.py", "e\u0301.py", "\u00e9.py", "my-helper.py", "1.py", "a b.py", "a.b.py", "\u202ex.py"],
    )
    def test_names_that_are_no_modules(self, folder, name):
        (notice,) = self.notices(folder, {name: b""})
        assert "a helper module's name consists of" in notice
        assert "\u202e" not in notice

    def test_helpers_that_differ_in_case(self, folder):
        assert (
            "differs from another file only in" in self.notices(folder, {"Util.py": b"1", "util.py": b"2"})[0]
        )
        assert self.files == HONEST

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"x\0", "holds NUL bytes, so it is no Python source: save it as UTF-8"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a pointer of Git LFS"),
            (b"#" * 1_000_001, "more than 1 MB in one file"),
        ],
    )
    def test_what_is_no_source_costs_its_file_only(self, folder, content, reason):
        write(folder / "ada", {"schedule.py": content, "forward.py": b"y = 2\n"})
        submission = one(folder)
        assert submission.files == {"forward.py": b"y = 2\n"}
        (notice,) = submission.notices
        assert notice.startswith(f"Left out: schedule.py ({reason}")

    def test_exactly_the_largest_file_is_taken(self, folder):
        assert self.notices(folder, {"big.py": b"#" * 1_000_000}) == []

    def test_a_byte_order_mark_and_an_empty_file_are_source(self, folder):
        assert self.notices(folder, {"a.py": b"\xef\xbb\xbfx = 1", "b.py": b""}) == []

    def test_the_sum_is_capped_and_the_files_to_hand_in_come_first(self, folder):
        allow = AllowList("a04_ddpm", ALLOW.hand_in, max_total_bytes=20)
        notices = self.notices(folder, {"a.py": b"12345678", "b.py": b"1"}, allow)
        assert notices == ["Left out: b.py (all files together have more than 2e-05 MB)."]
        assert set(self.files) == {"schedule.py", "forward.py", "a.py"}

    def test_only_so_many_files_are_looked_at_and_those_to_hand_in_come_first(self, folder):
        notices = self.notices(folder, {f"a{i:03}.py": b"" for i in range(300)})
        assert notices == ["Too many files: 102 of them were not looked at."]
        assert len(self.files) == 200
        assert HONEST.items() <= self.files.items()

    @pytest.mark.parametrize("form", ["folder", "zip", "commit"])
    def test_files_to_hand_in_are_found_among_thousands(self, folder, form):
        files = HONEST | {f"frame_{i:04}.png": b"" for i in range(2100)}
        kinds = {"folder": write, "zip": zipped, "commit": make}
        kinds[form](folder / ("ada.zip" if form == "zip" else "ada"), files)
        assert one(folder).files == dict(sorted(HONEST.items()))

    def test_a_long_list_of_names_is_cut(self, folder):
        (notice,) = self.notices(folder, {f"{i}.so": b"" for i in range(50)})
        assert notice.startswith("Left out: 0.so, 1.so, 10.so, 11.so, 12.so and 45 more (compiled")

    def test_links_pipes_and_sockets_of_a_folder(self, folder, tmp_path, monkeypatch):
        (tmp_path / "secret.py").write_bytes(b"secret")
        ada = write(folder / "ada", {"schedule.py": b""})
        (ada / "forward.py").symlink_to(tmp_path / "secret.py")
        (ada / "broken.py").symlink_to("nowhere")
        (ada / "sub").symlink_to(tmp_path)
        os.mkfifo(ada / "pipe.py")
        monkeypatch.chdir(ada)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket.py")
            submission = one(folder)
        assert submission.files == {"schedule.py": b""}
        assert submission.notices == (
            "Left out: forward.py, broken.py, sub (links are not followed: hand in the file itself).",
            "Left out: pipe.py, socket.py (only regular files are read).",
        )

    def test_an_assignments_folder_that_is_a_link(self, folder, tmp_path):
        write(tmp_path / "staff/a04_ddpm", {"schedule.py": b"answer"})
        write(folder / "eve", {"forward.py": b""})
        (folder / "eve/assignments").symlink_to(tmp_path / "staff")
        assert one(folder).files == {"forward.py": b""}

    def test_links_submodules_and_strange_names_of_a_commit(self, folder):
        make(folder / "ada", HONEST)
        (folder / "ada/secret").write_text("/etc/passwd")
        link = git(folder / "ada", "hash-object", "-w", "secret")
        blob = git(folder / "ada", "rev-parse", "HEAD:schedule.py")
        commit = commit_tree(
            folder / "ada",
            [
                ("100644", b"../../x.py", blob),
                ("100644", b"Schedule.py", blob),
                ("120000", b"forward.py", link),
                ("160000", b"module", "1" * 40),
                ("100644", b"schedule.py", blob),
                ("100644", b"twice.py", blob),
                ("100644", b"twice.py", blob),
                ("100644", b"x\xff.py", blob),
            ],
        )
        git(folder / "ada", "update-ref", "HEAD", commit)
        submission = one(folder)
        assert submission.files == {"schedule.py": b"x = 1\n"}
        assert submission.notices == (
            "Left out: forward.py (links are not followed: hand in the file itself).",
            "Left out: ..\\..\\x.py, x\\udcff.py (the name leads out of the folder, or is no file's name).",
            "Left out: Schedule.py (differs from another file only in upper and lower case: rename it).",
            "Left out: module (submodules are not fetched: hand in the files themselves).",
            "Left out: twice.py (there more than once under the same name).",
        )

    def test_links_slips_and_twins_of_a_zip(self, folder):
        path = zipped(
            folder / "ada.zip",
            {"schedule.py": b"x", "../../slip.py": b"s", "/etc/abs.py": b"a", "C:/d.py": b"d"},
        )
        with zipfile.ZipFile(path, "a") as made:
            member = zipfile.ZipInfo("link.py")
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
            made.writestr(member, "/etc/passwd")
            with pytest.warns(UserWarning, match="Duplicate name"):
                made.writestr("schedule.py", b"another")
            made.writestr("forward.py", b"f")
        submission = one(folder)
        assert submission.files == {"forward.py": b"f"}
        assert submission.notices == (
            "Left out: schedule.py (there more than once under the same name).",
            "Left out: link.py (links are not followed: hand in the file itself).",
            "Left out: C:/d.py, ../../slip.py, /etc/abs.py "
            "(the name leads out of the folder, or is no file's name).",
        )

    def test_nothing_left_is_a_problem_that_keeps_its_notices(self, folder):
        write(folder / "ada", {"schedule.py": b"\0"})
        submission = one(folder)
        assert submission.problem == "ada holds nothing that can be graded"
        assert "NUL" in submission.notices[0]


class TestRoster:
    def test_names_come_from_the_roster(self, folder, tmp_path):
        write(folder / "dm-a04-ada", HONEST)
        (submission,) = collect(folder, ALLOW, roster=roster(tmp_path, "ada"))
        assert (submission.student, submission.name, submission.source) == ("ada", "Ada", "dm-a04-ada")

    def test_a_student_without_an_entry(self, folder, tmp_path):
        (submission,) = collect(folder, ALLOW, roster=roster(tmp_path, "ada"))
        assert submission == Submission("ada", "Ada", "", "", {}, problem="no submission found")

    def test_an_entry_without_a_student(self, folder, tmp_path):
        write(folder / "adda", HONEST)
        adda = collect(folder, ALLOW, roster=roster(tmp_path, "ada", "bob"))[1]
        assert adda.problem == (
            "adda is not in roster.csv: add a line or rename the folder; did you mean 'ada'?"
        )
        assert adda.files == {}
        assert not adda.enrolled

    def test_tables_are_called_as_their_files_are(self, folder, tmp_path):
        write(folder / "adda", HONEST)
        write(folder / "bob", HONEST)
        table = roster(tmp_path, "ada", "bob").rename(tmp_path / "class.csv")
        log = tmp_path / "pushes.csv"
        log.write_text("student,received_at\nadda,2026-01-01T00:00:00Z\n")
        _, adda, bob = collect(folder, ALLOW, roster=table, received=log)
        assert adda.problem.startswith("adda is not in class.csv: ")
        assert bob.remarks == ("pushes.csv has no line for this submission: nobody knows if it was late.",)

    def test_what_staff_must_mend_is_told_apart_from_what_students_must(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        zipped(folder / "ada.zip", HONEST)
        (folder / "bob.zip").write_bytes(b"damaged")
        (folder / "cem").symlink_to(folder / "ada")
        found = collect(folder, ALLOW, roster=roster(tmp_path, "ada", "bob", "cem", "dee"))
        assert {one.student: one.ours for one in found if one.problem} == {
            "ada": True, "bob": False, "cem": True, "dee": False
        }  # fmt: skip

    @pytest.mark.parametrize("with_roster", [True, False])
    def test_two_entries_for_one_student_are_both_refused(self, folder, tmp_path, with_roster):
        write(folder / "ada", HONEST)
        zipped(folder / "dm-a04-Ada.zip", HONEST)
        table = roster(tmp_path, "ada") if with_roster else None
        (submission,) = collect(folder, ALLOW, roster=table)
        assert submission.problem == "2 submissions for one student, ada and dm-a04-Ada.zip: keep one of them"
        assert submission.source == "ada, dm-a04-Ada.zip"
        assert submission.files == {}

    def test_a_user_name_like_anothers_repository_gets_nothing_of_it(self, folder, tmp_path):
        write(folder / "dm-a04-ada", HONEST)
        table = roster(tmp_path, "ada", "dm-a04-ada", "zoe")
        problem = "dm-a04-ada may belong to ada or to dm-a04-ada: rename it dm-a04_ddpm-<user name>"
        ada, eve, _ = collect(folder, ALLOW, table, classroom="dm")
        assert [(one.problem, one.files) for one in (ada, eve)] == [(problem, {})] * 2
        (folder / "dm-a04-ada").rename(folder / "dm-a04_ddpm-ada")
        ada, eve, _ = collect(folder, ALLOW, table, classroom="dm")
        assert (ada.problem, ada.files, eve.problem) == ("", HONEST, "no submission found")


class TestReceived:
    @pytest.mark.parametrize(
        ("moment", "late"),
        [
            ("2026-10-01T21:59:00Z", False),
            ("2026-10-01T23:59:00+02:00", False),
            ("2026-10-01T21:59:01Z", True),
        ],
    )
    def test_the_due_second_is_in_time_and_the_next_is_late(self, folder, tmp_path, moment, late):
        write(folder / "ada", HONEST)
        (submission,) = collect(folder, ALLOW, received=received(tmp_path, f"ada,{moment},"), due=DUE)
        assert submission.late is late
        assert submission.received_at == f"2026-10-01T21:59:0{int(late)}Z"

    def test_a_commits_own_date_is_told_as_the_students_word_and_decides_nothing(
        self, folder, tmp_path, monkeypatch
    ):
        monkeypatch.setenv("GIT_COMMITTER_DATE", "2099-01-01T01:30:00+01:00")
        make(folder / "ada", HONEST)
        (submission,) = collect(folder, ALLOW, due=DUE)
        assert (submission.late, submission.received_at) == (False, "")
        word = "Committed 2099-01-01 00:30 UTC by the student's own word, which decides nothing."
        assert submission.remarks == (word,)
        (submission,) = collect(folder, ALLOW, None, received(tmp_path, "ada,2026-10-01T21:59:00Z,"), DUE)
        assert submission.remarks == ()

    def test_the_commit_that_the_server_saw_is_graded(self, folder, tmp_path):
        first = make(folder / "ada", HONEST)
        (folder / "ada/schedule.py").write_bytes(b"after the deadline")
        git(folder / "ada", "commit", "-qam", "later")
        (submission,) = collect(
            folder, ALLOW, received=received(tmp_path, f"ada,2026-10-01T21:59:00Z,{first}")
        )
        assert (submission.commit, submission.files) == (first, HONEST)

    def test_a_commit_that_is_gone_is_a_problem(self, folder, tmp_path):
        make(folder / "ada", HONEST)
        write(folder / "bob", HONEST)
        table = received(
            tmp_path, f"ada,2026-10-01T21:59:00Z,{'1' * 40}", f"bob,2026-10-01T21:59:00Z,{'1' * 40}"
        )
        ada, bob = collect(folder, ALLOW, received=table)
        assert ada.problem == f"ada does not hold the commit {'1' * 40}: fetch it again"
        assert (
            bob.problem
            == f"bob has no history, but its commit {'1' * 40} is what counts: put the repository here"
        )

    def test_rows_may_name_the_repository(self, folder, tmp_path):
        write(folder / "dm-a04-ada", HONEST)
        (tmp_path / "received.csv").write_text(
            "repository,received_at\norg/dm-a04-ada,2026-10-02T00:00:00Z\n"
        )
        (submission,) = collect(folder, ALLOW, received=tmp_path / "received.csv", due=DUE)
        assert submission.late

    def test_who_has_longer_is_late_later(self, folder, tmp_path):
        for name in ("ada", "bob"):
            write(folder / name, HONEST)
        table = received(tmp_path, "ada,2026-10-02T00:00:00Z,", "bob,2026-10-02T00:00:00Z,")
        until = datetime.fromisoformat("2026-10-02T00:00:00Z")
        ada, bob = collect(folder, ALLOW, received=table, due=DUE, extensions={"Ada": until})
        assert (ada.late, bob.late) == (False, True)
        ada, _ = collect(
            folder, ALLOW, received=table, due=DUE, extensions={"ada": until - timedelta(seconds=1)}
        )
        assert ada.late  # one second after it

    def test_a_submission_without_a_line_says_so(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        (submission,) = collect(
            folder, ALLOW, received=received(tmp_path, "bob,2026-10-01T21:59:00Z,"), due=DUE
        )
        assert submission.notices == ()
        assert submission.remarks == (
            "received.csv has no line for this submission: nobody knows if it was late.",
        )

    def test_a_line_for_nobody_is_a_mistake_of_the_ta(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        with pytest.raises(
            TableError, match=r"received\.csv:2: no student or repository 'adda'; did you mean 'ada'\?"
        ):
            collect(folder, ALLOW, roster(tmp_path, "ada"), received(tmp_path, "adda,2026-10-01T21:59:00Z,"))

    @pytest.mark.parametrize(("lines", "counts", "late"), [(3, 1, False), (2, 1, False), (1, 0, False)])
    def test_of_a_log_the_last_line_in_time_counts(self, folder, tmp_path, lines, counts, late):
        commits = [make(folder / "dm-a04-ada", HONEST)]
        for content in (b"second", b"third"):
            (folder / "dm-a04-ada/schedule.py").write_bytes(content)
            git(folder / "dm-a04-ada", "commit", "-qam", "later")
            commits.append(git(folder / "dm-a04-ada", "rev-parse", "HEAD").strip())
        rows = [
            f"ada,2026-10-01T20:00:00Z,{commits[0]}",
            f"dm-a04-ada,2026-10-01T21:59:00Z,{commits[1]}",
            f"ada,2026-10-01T21:59:01Z,{commits[2]}",
        ]
        (submission,) = collect(folder, ALLOW, received=received(tmp_path, *rows[:lines]), due=DUE)
        assert (submission.commit, submission.late) == (commits[counts], late)
        table = received(tmp_path, *rows[:lines])
        (submission,) = collect(folder, ALLOW, received=table, due=DUE, latest=True)
        assert (submission.commit, submission.late) == (commits[lines - 1], lines == 3)

    def test_of_a_log_that_is_late_throughout_the_last_line_counts(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        table = received(tmp_path, "ada,2026-10-02T01:00:00Z,", "ada,2026-10-02T02:00:00Z,")
        (submission,) = collect(folder, ALLOW, received=table, due=DUE)
        assert (submission.received_at, submission.late) == ("2026-10-02T02:00:00Z", True)

    def test_a_log_must_say_which_commit_counts_when_something_came_later(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        table = received(tmp_path, "ada,2026-10-01T20:00:00Z,", "ada,2026-10-02T02:00:00Z,")
        with pytest.raises(
            TableError, match=r"received\.csv:2 says .* received\.csv:3 is later: add the commit"
        ):
            collect(folder, ALLOW, received=table, due=DUE)

    def test_lines_about_who_left_the_class_stop_nothing(self, folder, tmp_path):
        write(folder / "ada", HONEST)
        table = received(tmp_path, "ada,2026-10-01T21:59:00Z,", "wim,2026-10-01T21:59:00Z,")
        (submission,) = collect(folder, ALLOW, roster(tmp_path, "ada"), table)
        assert (submission.student, submission.problem) == ("ada", "")

    def test_a_due_time_needs_a_zone(self, folder):
        with pytest.raises(ValueError, match="has no time zone"):
            collect(folder, ALLOW, due=datetime(2026, 10, 1))


def test_a_class_collects_the_same_twice(folder, tmp_path):
    make(folder / "ada", HONEST)
    write(folder / "bob", {**HONEST, "torch.py": b"", "a.so": b""})
    zipped(folder / "zoe.zip", HONEST)
    table = roster(tmp_path, "ada", "bob", "zoe", "kim")
    assert collect(folder, ALLOW, table) == collect(folder, ALLOW, table)


# ---- whatever happens while one entry is read is its problem and nobody else's


@pytest.mark.parametrize(
    "error", [RecursionError, RuntimeError, MemoryError, KeyError, UnicodeError, AssertionError]
)
def test_any_error_of_reading_one_entry_is_its_problem_alone(tmp_path, monkeypatch, error):
    for name in ("ada", "eve"):
        write(tmp_path / name, HONEST)
    read = collecting.read_entry

    def failing(entry, *rest):
        if entry.name == "eve":
            raise error("boom")
        return read(entry, *rest)

    monkeypatch.setattr(collecting, "read_entry", failing)
    ada, eve = collect(tmp_path, ALLOW)
    assert (ada.problem, ada.error, ada.files) == ("", "", HONEST)
    assert (
        eve.problem
        == f"eve cannot be read: the collector failed on it ({error.__name__}), and a TA must look"
    )
    assert eve.error.startswith("Traceback")
    assert "boom" in eve.error
    assert not eve.files


def test_a_link_to_itself_is_a_problem_of_its_own_and_tables_may_lie_beside_entries(folder):
    write(folder, {"roster.csv": b"github_username\nada\neve\n"})
    write(folder / "ada", HONEST)
    (folder / "eve").symlink_to("eve")
    ada, eve = collect(folder, ALLOW, roster=folder / "roster.csv")
    assert (ada.problem, eve.problem) == ("", "eve is a symbolic link: put the submission itself here")


@pytest.mark.parametrize("levels", [21, 1000])
def test_branches_in_a_thousand_folders_are_one_repositorys_problem(folder, levels):
    make(folder / "eve", {}, "-q")
    write(folder / "zoe", HONEST)
    (folder / "eve/.git/refs/heads/main").unlink()
    here = os.open(folder / "eve/.git/refs/heads", os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("a", dir_fd=here)
        here, above = os.open("a", os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    eve, zoe = collect(folder, ALLOW)
    assert "too many or too deep branches" in eve.problem
    assert not eve.error
    assert zoe.files == HONEST
    os.system(f"rm -r '{folder}/eve'")  # too deep for pytest
