"""course.toml: what it says, and clear errors."""

import pytest

from autograder.course import load_course
from autograder.errors import UserError


def test_a_due_time_needs_a_zone(tmp_path):
    text = 'name = "n"\nclassroom = "c"\ndemo = "a01_x"\n[assignments.a01_x]\ndue = 2026-01-01T00:00:00'
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(UserError, match=r"assignments\.a01_x\] due has no time zone"):
        load_course(tmp_path)
    (tmp_path / "course.toml").write_text(text + "Z")
    assert load_course(tmp_path).due("a01_x").isoformat() == "2026-01-01T00:00:00+00:00"
    assert load_course(tmp_path).due("a02_y") is None


def test_an_assignment_that_does_not_exist_is_refused_with_its_line(tmp_path):
    (tmp_path / "course.toml").write_text(
        'name = "n"\nclassroom = "c"\ndemo = "d"\n[assignments.a04_dppm]\ndue = 2026-01-01T00:00:00Z\n'
    )
    assert load_course(tmp_path).due("a04_dppm")  # a copy without solutions cannot tell
    (tmp_path / "solutions/a04_ddpm").mkdir(parents=True)
    (tmp_path / "solutions/a04_ddpm/assignment.toml").touch()
    words = r"course\.toml:4: \[assignments\.a04_dppm\] is not in solutions/; did you mean 'a04_ddpm'\?"
    with pytest.raises(UserError, match=words):
        load_course(tmp_path)


def test_another_encoding_is_told_with_its_byte(tmp_path):
    (tmp_path / "course.toml").write_bytes(b'name = "\xe9"\n')
    with pytest.raises(UserError, match=r"course\.toml: not UTF-8 \(byte 8\)"):
        load_course(tmp_path)


def test_an_unknown_field_is_named(tmp_path):
    (tmp_path / "course.toml").write_text('name = "n"\nclassroom = "c"\ndemo = "d"\nnmae = 1\n')
    with pytest.raises(UserError, match="nmae"):
        load_course(tmp_path)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("due = 2026-10-14", r"course\.toml:5: \[assignments\.a01_x\] due: expected .*write due = 2026"),
        ("deadline = 1", r"course\.toml:5: \[assignments\.a01_x\] unknown key 'deadline'"),
        (
            "[assignments.a01_x.extensions]\nada = 2026-10-15",
            r"course\.toml:6: .*extensions\] .*write ada = 2026",
        ),
        (
            'due = 2026-10-14T00:00:00Z\n[assignments.a01_x.extensions]\n"a.b" = 2026-10-15T00:00:00',
            r"course\.toml:7: .*a\.b has no time zone; add Z",
        ),
        (
            "due = 2026-10-14T00:00:00Z\nextensions = { ada = 2026-10-14T00:00:00Z }",
            r"course\.toml:.*ada has no longer than everybody",
        ),
        ("due = [", r"course\.toml: not valid TOML"),
    ],
)
def test_a_mistake_in_a_table_has_its_line_and_remedy(tmp_path, table, message):
    top = 'name = "n"\nclassroom = "c"\ndemo = "a01_x"\n[assignments.a01_x]\n'
    (tmp_path / "course.toml").write_text(top + table)
    with pytest.raises(UserError, match=message):
        load_course(tmp_path)


def test_an_unknown_key_of_the_course_is_named(tmp_path):
    (tmp_path / "course.toml").write_text('name = "n"\nclassrom = "c"\ndemo = "a01_x"\n')
    with pytest.raises(UserError, match=r"course\.toml:2: unknown key 'classrom'; did you mean 'classroom'"):
        load_course(tmp_path)


def test_without_tables_of_policy_the_courses_own_holds(tmp_path):
    (tmp_path / "course.toml").write_text('name = "n"\nclassroom = "c"\ndemo = "a01_x"\n')
    course = load_course(tmp_path)
    parts = ("attendance", "participation", "review", "project", "coding")
    assert [course.weights.of(part) for part in parts] == [5, 5, 45, 20, 25]
    assert (course.late.free, course.late.each, course.late.penalty, course.regrades.days) == (3, 1, 20, 3)


def test_a_due_time_of_the_policy_is_in_the_courses_zone(tmp_path):
    text = 'name = "n"\nclassroom = "c"\ndemo = "d"\nzone = "Europe/Berlin"\n'
    (tmp_path / "course.toml").write_text(
        text + "[late]\nnone_after = { project = 2026-12-13T23:59:59 }\nfree = 2"
    )
    late = load_course(tmp_path).late
    assert late.free == 2
    assert late.none_after["project"].isoformat() == "2026-12-13T22:59:59+00:00"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            "[weights]\nreview = 40",
            r"course\.toml:.*\[weights\] attendance, .* make 95 percent together, not 100",
        ),
        ("[weights]\ncoding = 50", r"course\.toml:5: \[weights\] coding is a share of the project's 45"),
        ("[weights]\nreview = 'x'", r"course\.toml:5: \[weights\] review: expected .*; write review = 45"),
        (
            "[weights]\nreveiw = 45",
            r"course\.toml:5: \[weights\] unknown key 'reveiw'; did you mean 'review'",
        ),
        ("[late]\nfree = -1", r"course\.toml:5: \[late\] free: expected `int` >= 0; write free = 3"),
        ("[late]\npenalty = 120", r"course\.toml:5: \[late\] penalty: .*<= 100.*; write penalty = 20"),
        (
            "[late]\ncounts = 'first'",
            r"course\.toml:5: \[late\] counts: invalid enum .*; write counts = 'best'",
        ),
        (
            "[late]\nnone_after = { projcet = 2026-01-01T00:00:00Z }",
            r"course\.toml:5: \[late\] none_after: 'projcet' is neither review nor project",
        ),
        (
            "[late]\nnone_after = { project = 2026-01-01T00:00:00 }",
            r"course\.toml:5: \[late\] none_after has no time zone; add Z",
        ),
        ("[regrades]\ndays = -3", r"course\.toml:5: \[regrades\] days: .*; write days = 3"),
        ("[boundaries]\nA = 101", r"course\.toml:4: boundaries: expected `float` <= 100.*; write A = 90"),
        ("weights = 3", r"course\.toml:4: weights is a table: begin it with a line \[weights\]"),
    ],
)
def test_a_mistake_in_the_policy_has_its_line_and_remedy(tmp_path, tables, message):
    (tmp_path / "course.toml").write_text(f'name = "n"\nclassroom = "c"\ndemo = "d"\n{tables}\n')
    with pytest.raises(UserError, match=message):
        load_course(tmp_path)
