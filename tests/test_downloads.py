"""What six platforms let staff download is collected by the roster."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.intake.allowlist import AllowList
from autograder.intake.collect import collect
from autograder.records import Submission

ALLOW = AllowList("a04_ddpm", frozenset({"schedule.py", "forward.py"}))
OLD = {"schedule.py": b"old\n", "forward.py": b"old\n"}
JANE = {"forward.py": b"y = 1\n", "schedule.py": b"x = 1\n"}
ADA = {"forward.py": b"y = 2\n", "schedule.py": b"x = 2\n"}
ROSTER = """\
identifier,github_username,github_id,name,email
e17,jane-d,7,"Doe, Jane",jdoe@uni.edu
e18,,,Ada Müstermann,amuster@uni.edu
e19,doe,9,Rose Doe,rdoe@uni.edu
"""
DUE = datetime(2026, 10, 1, 22, tzinfo=UTC)


def lay(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def zipped(path: Path, files: Mapping[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def canvas(folder: Path) -> None:
    zipped(folder / "doejane_LATE_12345_678910_a04_ddpm.zip", JANE)
    lay(folder, {"mustermannada_12346_678912_schedule-1.py": ADA["schedule.py"]})
    lay(folder, {"mustermannada_12346_678911_schedule.py": OLD["schedule.py"]})
    lay(folder, {"mustermannada_12346_678913_forward.py": ADA["forward.py"]})


def moodle(folder: Path) -> None:
    zipped(folder / "Jane Doe_123455_assignsubmission_file_" / "my hand-in.zip", {"a04/schedule.py": b""} | {
        f"a04/{name}": content for name, content in JANE.items()
    })  # fmt: skip
    lay(folder / "Ada Müstermann_123456_assignsubmission_file_", ADA)


def blackboard(folder: Path) -> None:
    for name, content in JANE.items():
        lay(folder, {f"A04 DDPM_jdoe_attempt_2026-10-01-12-30-59_{name}": content})
    for name, content in OLD.items():
        lay(folder, {f"A04 DDPM_jdoe_attempt_2026-09-30-12-30-59_{name}": content})
    lay(folder, {"A04 DDPM_jdoe_attempt_2026-10-01-12-30-59.txt": b"Name: Jane Doe (jdoe)"})
    zipped(folder / "A04 DDPM_amuster_attempt_2026-10-01-12-00-00_x-a04-doe.zip", ADA)
    lay(folder, {"A04 DDPM_amuster_attempt_2026-10-01-12-00-00.txt": b""})


def brightspace(folder: Path) -> None:
    lay(folder, {"index.html": b""})
    lay(folder / "12345-67890 - Jane Doe - Oct 1, 2026 1105 AM", OLD)
    zipped(folder / "12345-67890 - Jane Doe - Oct 1, 2026 115 PM" / "hand-in.zip", JANE)
    lay(folder / "12346-67890 - Ada Müstermann - Sep 30, 2026 1105 PM", ADA)


def ilias(folder: Path) -> None:
    lay(folder, {"status.xlsx": b"PK"})
    lay(folder / "Doe_Jane_jdoe_4711", JANE)
    zipped(folder / "Müstermann_Ada_amuster_4712" / "abgabe.zip", ADA)


def gradescope(folder: Path) -> None:
    lay(folder / "submission_111", JANE)
    lay(folder / "submission_112", ADA)
    metadata = """\
---
submission_111:
  :submitters:
  - :name: Jane Doe
    :sid: e17
    :email: jdoe@uni.edu
  :created_at: 2026-10-01 15:30:00.365935000 -07:00
  :results:
    output: |
      :submitters:
      - :name: Rose Doe
submission_112:
  :submitters:
  - :name: Ada
    :sid: e18
  :created_at: 2026-10-01 12:00:00 Z
"""
    lay(folder, {"submission_metadata.yml": metadata.encode()})


PLATFORMS = {f.__name__: f for f in (canvas, moodle, blackboard, brightspace, ilias, gradescope)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_download_is_collected_by_the_roster(tmp_path: Path, platform: str) -> None:
    PLATFORMS[platform](tmp_path / "download")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    rose, ada, jane = collect(tmp_path / "download", ALLOW, tmp_path / "roster.csv", due=DUE)
    assert (jane.student, jane.files, jane.problem, jane.notices) == ("jane-d", JANE, "", ())
    assert (ada.student, ada.files, ada.problem, ada.notices) == ("e18", ADA, "", ())
    assert (rose.student, rose.files, rose.problem) == ("doe", {}, "no submission found")
    assert (jane.late, ada.late) == (platform in ("canvas", "gradescope"), False)
    assert "roster.csv names no account of e18: not linked." in ada.remarks
    assert ("Late by the platform's own mark." in jane.remarks) == (platform == "canvas")


def collected(tmp_path: Path, roster: str = ROSTER) -> list[Submission]:
    (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
    return collect(tmp_path / "download", ALLOW, tmp_path / "roster.csv")


def test_a_file_named_after_somebody_else_goes_to_nobody_else(tmp_path: Path) -> None:
    zipped(tmp_path / "download" / "doejane_1_2_diffusion-a04_ddpm-doe.zip", JANE)
    by_student = {one.student: one for one in collected(tmp_path)}
    assert by_student["jane-d"].files == JANE
    assert by_student["doe"].problem == "no submission found"


def test_two_of_one_name_are_told_apart_by_nobody(tmp_path: Path) -> None:
    lay(tmp_path / "download" / "Jane Doe_1_assignsubmission_file_", JANE)
    found = collected(tmp_path, ROSTER + "e20,jane2,10,Jane Doe,j2@uni.edu\n")
    assert [one.student for one in found if "may belong to" in one.problem] == ["jane-d", "jane2"]


def test_who_is_not_in_the_roster_is_told_with_what_to_do(tmp_path: Path) -> None:
    lay(tmp_path / "download" / "Kim Lee_1_assignsubmission_file_", JANE)
    (problem,) = {one.problem for one in collected(tmp_path) if one.problem != "no submission found"}
    assert problem == (
        "Kim Lee_1_assignsubmission_file_ by Moodle is Kim Lee's, whom no line of roster.csv names: "
        "add that name, login or e-mail there"
    )


def test_a_group_hands_in_for_each_of_its_members(tmp_path: Path) -> None:
    lay(tmp_path / "download" / "submission_1", JANE)
    people = "submission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: 'e17'\n  - :name: Rose Doe\n"
    lay(tmp_path / "download", {"submission_metadata.yml": people.encode()})
    assert [one.student for one in collected(tmp_path) if one.files == JANE] == ["doe", "jane-d"]


def test_links_among_loose_files_are_not_followed(tmp_path: Path) -> None:
    lay(tmp_path, {"secret.py": b"secret"})
    lay(tmp_path / "download", {"doejane_1_2_schedule.py": b"x = 1\n"})
    (tmp_path / "download" / "doejane_1_3_forward.py").symlink_to(tmp_path / "secret.py")
    (jane,) = (one for one in collected(tmp_path) if one.student == "jane-d")
    assert jane.files == {"schedule.py": b"x = 1\n"}
