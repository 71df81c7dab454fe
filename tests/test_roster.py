"""The roster and received.csv: what is read, and how a TA is told about a mistake."""

from datetime import UTC, datetime

import pytest

from autograder.intake.roster import RosterEntry, TableError, find_owners, read_received, read_roster
from autograder.records import is_student_id

CLASSROOM = '"identifier","github_username","github_id","name"\n'
LABELS = ("a04-ddpm", "a04_ddpm", "a04")


def roster_of(tmp_path, text: str, encoding: str = "utf-8"):
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    return read_roster(tmp_path / "roster.csv")


def received_of(tmp_path, text: str):
    (tmp_path / "received.csv").write_text(text, encoding="utf-8")
    return read_received(tmp_path / "received.csv")


def test_reads_github_classrooms_columns(tmp_path):
    text = CLASSROOM + '"s123","Ada-L","17","Lovelace, Ada"\n"s124","zoe","18",""\n'
    assert roster_of(tmp_path, text) == {
        "ada-l": RosterEntry("Ada-L", "Lovelace, Ada", "s123", 17),
        "zoe": RosterEntry("zoe", "", "s124", 18),
    }


def test_reads_classroom_50s_columns_and_leaves_others_alone(tmp_path):
    text = "username,first_name,last_name,email,section,github_id,role,extra\nada,Ada,Lovelace,a@x,1,17,,?\n"
    assert roster_of(tmp_path, text) == {"ada": RosterEntry("ada", "Ada Lovelace", "", 17)}


@pytest.mark.parametrize(
    "text", ["GitHub_Username\nada\n", "\ufeffgithub_username\r\nada\r\n\r\n", "github_username\n ada \n"]
)
def test_case_byte_order_marks_line_ends_blanks_and_spaces_do_not_matter(tmp_path, text):
    assert list(roster_of(tmp_path, text)) == ["ada"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_excel_writes_is_read(tmp_path, separator, encoding):
    rows = [
        ["identifier", "github_username", "name", ""],
        ["s1", "ada", '"Lovelace, Ada"', ""],
        ["s2", "zoe", "Zoë; K.", ""],
    ]
    rows[2][2] = f'"{rows[2][2]}"'
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    assert roster_of(tmp_path, text, encoding) == {
        "ada": RosterEntry("ada", "Lovelace, Ada", "s1"),
        "zoe": RosterEntry("zoe", "Zoë; K.", "s2"),
    }


def test_who_has_linked_no_account_is_in_the_class(tmp_path):
    students = roster_of(tmp_path, CLASSROOM + '"late@uni.edu","","",""\n"7","ada","",""\n')
    assert students == {
        "late-uni.edu": RosterEntry("late-uni.edu", "", "late@uni.edu", linked=False),
        "ada": RosterEntry("ada", "", "7"),
    }


def test_a_platforms_own_list_is_a_roster(tmp_path):
    text = "First name,Surname,ID number,Email address\nAda,Mustermann,00123,ada@uni.edu\n"
    assert list(roster_of(tmp_path, text).values()) == [
        RosterEntry("00123", "Ada Mustermann", "", linked=False)
    ]


def test_an_empty_class_is_a_class(tmp_path):
    assert roster_of(tmp_path, CLASSROOM) == {}


def test_every_mistake_is_told_at_once_with_its_line(tmp_path):
    with pytest.raises(TableError) as caught:
        roster_of(
            tmp_path, CLASSROOM + "1,ada,,\n,,7,\n3,Ada,,\n4,../../x,,\n5,-rf,,\n6,a..b,,\n7,bob,9.1E+07,\n"
        )
    assert str(caught.value).splitlines() == [
        "roster.csv:3: says who of nobody: remove the line",
        "roster.csv:4: Ada is on line 2 already: remove one",
        "roster.csv:5: '../../x' is no user name: letters, digits, '-', '_' and '.' only",
        "roster.csv:6: '-rf' is no user name: letters, digits, '-', '_' and '.' only",
        "roster.csv:7: 'a..b' is no user name: letters, digits, '-', '_' and '.' only",
        "roster.csv:8: github_id '9.1E+07' is no account's number",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "roster.csv:1: no column 'github_username', found nothing"),
        ("name\nAda\n", "roster.csv:1: no column 'github_username', found name"),
        ("github_user_name\nada\n", "did you mean 'github_user_name'?"),
        ("github_username;name\nada;Lovelace; Ada\n", "put quotes around a value that has a ';'"),
        ("github_username\nada,Lovelace\n", "roster.csv:2: 2 values for 1 columns"),
        ('github_username,name\nada,"Love\n', "roster.csv:2: not valid CSV"),
        ("github_username\na\0da\n", "not a table of a class"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, text, message):
    with pytest.raises(TableError) as caught:
        roster_of(tmp_path, text)
    assert message in str(caught.value)


def test_another_encoding_is_told_with_its_byte(tmp_path):
    with pytest.raises(TableError, match=r"roster\.csv: not UTF-8 \(byte 20\)"):
        roster_of(tmp_path, "github_username,name\xe9\n", "latin-1")


def test_an_absent_table_is_told(tmp_path):
    with pytest.raises(TableError, match=r"roster\.csv: cannot be read \(No such file"):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize("text", ["a", "7", "Ada-L", "a_b.c", "x" * 64])
def test_these_are_ids(text):
    assert is_student_id(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "-a", ".a", "a/b", "a\\b", "a..b", "a b", "ä", "a\n", "a\0", "x" * 65, "a.", "=a", "@a"],
)
def test_these_are_no_ids(text):
    assert not is_student_id(text)


@pytest.mark.parametrize(
    "written",
    ["2026-10-01T23:59:00+02:00", "2026-10-01T21:59:00Z", "2026-10-01 21:59:00+00:00", "20261001T215900Z"],
)
def test_times_are_moments_whatever_their_zone(tmp_path, written):
    (receipt,) = received_of(tmp_path, f"student,received_at\nada,{written}\n")["ada"]
    assert receipt.received_at == datetime(2026, 10, 1, 21, 59, tzinfo=UTC)
    assert (receipt.commit, receipt.where) == ("", "received.csv:2")


def test_a_repository_may_be_a_name_a_path_or_an_address(tmp_path):
    text = "repository,received_at,commit\n"
    for row in ("dm-a04-ada", "org/dm-a04-Bob", "https://github.com/org/dm-a04-zoe.git"):
        text += f"{row},2026-10-01T21:59:00Z,{'A' * 40}\n"
    receipts = received_of(tmp_path, text)
    assert list(receipts) == ["dm-a04-ada", "dm-a04-bob", "dm-a04-zoe"]
    assert {receipt.commit for (receipt,) in receipts.values()} == {"a" * 40}


def test_mistakes_in_received_are_told_with_their_lines(tmp_path):
    good = "2026-10-01T21:59:00Z"
    with pytest.raises(TableError) as caught:
        received_of(
            tmp_path,
            "student,repository,received_at,commit\n"
            f"ada,,2026-10-01T23:59:00,\nbob,,yesterday,\nzoe,,{good},abc123\n,,{good},\nAda,,{good},\n,ada,{good},\nkim,,0001-01-01T00:00:00+14:00,\n",
        )
    assert str(caught.value).splitlines() == [
        "received.csv:2: received_at '2026-10-01T23:59:00' has no time zone: "
        "write 2026-10-01T23:59:00+02:00, or Z for UTC",
        "received.csv:3: received_at 'yesterday' is no time: write 2026-10-01T23:59:00+02:00",
        "received.csv:4: commit 'abc123' is not written as 40 hexadecimal digits",
        "received.csv:5: neither student nor repository is given",
        "received.csv:8: received_at '0001-01-01T00:00:00+14:00' is no time: write 2026-10-01T23:59:00+02:00",
    ]


@pytest.mark.parametrize(("header", "column"), [("received_at", "student"), ("student", "received_at")])
def test_a_missing_column_of_received_is_named(tmp_path, header, column):
    with pytest.raises(TableError, match=rf"received\.csv:1: no column '{column}'"):
        received_of(tmp_path, header + "\n")


ROSTER = {
    id.casefold(): RosterEntry(id, "", f"s-{id}")
    for id in ("ann", "Mary-Ann", "bob", "a04-fan", "dm-a04-bob", "ddpm-bob", "x-a04-ddpm-ann")
}


@pytest.mark.parametrize(
    ("entry", "student"),
    [
        ("ann", "ann"),
        ("ANN", "ann"),
        ("s-bob", "bob"),  # the roster's identifier
        ("dm-a04-ann", "ann"),
        ("dm-a04-mary-ann", "Mary-Ann"),
        ("dm-a04-ddpm-mary-ann", "Mary-Ann"),
        ("dm-a04_ddpm-bob", "bob"),
        ("dm-a04-a04-fan", "a04-fan"),
        ("dm-a04-x-a04-ddpm-ann", "x-a04-ddpm-ann"),  # read from the left
        ("dm-a04-dm-a04-bob", "dm-a04-bob"),
        ("lab3-ann", "ann"),
        ("dm-a04-rose-ann", "rose-ann"),  # missing from the roster: never somebody else
        ("xann", "xann"),
        ("dm-a04-", "dm-a04-"),
        ("stranger", "stranger"),
    ],
)
def test_whose_an_entry_is_with_a_roster(entry, student):
    assert find_owners(entry, LABELS, ROSTER) == [student]
    assert find_owners(entry, LABELS, ROSTER, "dm") == [student]


@pytest.mark.parametrize(
    ("entry", "students"),
    [
        ("DM-A04-Bob", ["bob", "dm-a04-bob"]),  # the repository of one is the user name of another
        ("dm-a04-ddpm-bob", ["bob", "ddpm-bob"]),  # the assignment may be called a04-ddpm or a04
        ("x-a04-ddpm-ann", ["ann", "x-a04-ddpm-ann"]),
        ("lab3-mary-ann", ["ann", "Mary-Ann"]),  # whoever is called lab3-ann must not get what is ann's
    ],
)
def test_an_entry_that_two_students_could_claim_is_given_to_neither(entry, students):
    assert find_owners(entry, LABELS, ROSTER) == students


@pytest.mark.parametrize(
    ("entry", "labels", "student"),
    [
        ("dm-a04-ddpm-bob", LABELS, "bob"),  # though there is a ddpm-bob
        ("dm-a04_ddpm-bob", LABELS, "bob"),
        ("DM-A04-DDPM-Bob", LABELS, "bob"),
        ("dm-a04-ddpm-ddpm-bob", LABELS, "ddpm-bob"),
        ("dm-a04-ddpm-dm-a04-bob", LABELS, "dm-a04-bob"),
        ("dm-a04-ddpm-x-a04-ddpm-ann", LABELS, "x-a04-ddpm-ann"),
        ("dm-a04-ddpm-rose-ann", LABELS, "rose-ann"),  # missing from the roster
        ("dm-a04-bob", ("a04",), "bob"),  # as course.toml says: though there is a dm-a04-bob
        ("dm-a04-ddpm-bob", ("a04",), "ddpm-bob"),
    ],
)
def test_what_releases_naming_makes_has_one_reading(entry, labels, student):
    assert find_owners(entry, labels, ROSTER, "dm") == [student]


def test_a_short_label_is_read_where_it_is_not_doubtful():
    assert find_owners("dm-a04-ann", LABELS, ROSTER, "dm") == ["ann"]
    assert find_owners("dm-a04-bob", LABELS, ROSTER, "dm") == ["bob", "dm-a04-bob"]


def test_a_repository_of_somebody_missing_may_not_go_to_who_is_called_like_it():
    roster = {"dm-a04-zoe": RosterEntry("dm-a04-zoe")}
    assert find_owners("dm-a04-zoe", LABELS, roster, "dm") == ["dm-a04-zoe", "zoe"]


def test_the_classrooms_own_name_is_not_taken_for_the_assignments():
    roster = {"ann": RosterEntry("ann")}
    assert find_owners("cs-a04-2026-a04-ann", LABELS, roster, "cs-a04-2026") == ["ann"]


@pytest.mark.parametrize(
    ("entry", "student"),
    [
        ("ann", "ann"),
        ("dm-a04-mary-ann", "mary-ann"),
        ("dm-a04-ddpm-bob", "bob"),
        ("dm-a04-x-a04-bob", "x-a04-bob"),
        ("dm-a04-x-a04-ddpm-bob", "x-a04-ddpm-bob"),
    ],
)
def test_whose_an_entry_is_without_a_roster(entry, student):
    assert find_owners(entry, LABELS, None) == [student]
