"""Feedback and class pages: what they say, what they must not say, and what they do to hostile text."""

import base64
import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from autograder.pages.audience import redact
from autograder.pages.figures import Part, bar, bin_counts, histogram, strip
from autograder.pages.report import TEMPLATES, class_page, feedback_page, report
from autograder.pages.views import commit_name, moment, number
from autograder.records import CheckResult, Grade, Result, Run, TaskResult, Verdict, Visibility
from autograder.spec import Assignment, Limits, Task
from tests.browser import browse, needs_chromium

ASSIGNMENT = Assignment(
    name="a04_ddpm",
    title="Denoising diffusion",
    lecture="4, part 2",
    tasks=(Task("betas", "1.1", "The schedule", "schedule.py", 100, 1, 10),),
    limits=Limits(),
    folder=Path("/staff/solutions/a04_ddpm"),
)
PUBLIC = CheckResult(
    name="tests/test_schedule.py::test_first_beta",
    title="the first beta is small",
    visibility=Visibility.PUBLIC,
    verdict=Verdict.FAIL,
    message="betas[0] is 0.0; expected 4.128e-05",
    hint="print the length",
    diagnosis="f is evaluated at T points.",
    read="Convention of task 1.1",
)
HIDDEN = CheckResult(
    name="hidden/test_schedule.py::test_secret_name",
    title="secret title at T = 1717",
    visibility=Visibility.HIDDEN,
    verdict=Verdict.FAIL,
    message="secret message 0.12345",
    hint="is the last step clipped?",
    diagnosis="secret diagnosis",
    read="secret reading",
)
PASSED = replace(PUBLIC, title="it returns float64", verdict=Verdict.PASS, message="", diagnosis="")


def task(*checks: CheckResult, earned: float = 40.0, **changes) -> TaskResult:
    return TaskResult("betas", "1.1", "The schedule", 100.0, earned, checks, **changes)


def result(student: str = "ada", *checks: CheckResult, **changes) -> Result:
    grade = Grade(
        student=student,
        name=student.title(),
        assignment="a04_ddpm",
        commit="0123456789abcdef" * 2 + "01234567",
        received_at="2026-10-01T21:59:00Z",
        late=False,
        seed="5eed5eed5eed5eed",
        score=40.0,
        max_score=100.0,
        withheld=False,
        tasks=(task(*(checks or (PUBLIC, PASSED, HIDDEN, replace(HIDDEN, verdict=Verdict.PASS)))),),
    )
    run = Run("full", "secret machine", "2026-10-02", 1.0, "secret key", output={HIDDEN.name: "secret print"})
    return Result(replace(grade, **changes), run)


def words(page: str) -> str:
    """Return a page's text without its markup, on one line."""
    body = re.sub(r"<(style|title)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def page_of(one: Result, audience: str = "student") -> str:
    return words(feedback_page(one, ASSIGNMENT, audience))


class TestFeedback:
    def test_a_public_check_is_shown_in_full(self):
        page = page_of(result())
        for told in (PUBLIC.title, PUBLIC.message, PUBLIC.hint, PUBLIC.diagnosis, PUBLIC.read, "Failed"):
            assert told in page

    def test_a_passed_check_says_no_more_than_its_line(self):
        page = page_of(result("ada", PASSED))
        assert PASSED.title in page
        assert PASSED.hint not in page

    def test_hidden_checks_are_a_count_and_hints(self):
        page = page_of(result())
        assert "Hidden checks 1 not passed 1 of 2 passed Try: is the last step clipped?" in page
        assert "secret" not in page

    @pytest.mark.parametrize(
        "verdict", [Verdict.NOT_IMPLEMENTED, Verdict.CRASH, Verdict.TIMEOUT, Verdict.MEMORY]
    )
    def test_how_a_hidden_check_ended_is_not_told(self, verdict):
        page = page_of(result("ada", PUBLIC, replace(HIDDEN, verdict=verdict)))
        assert "Hidden checks 1 not passed 0 of 1 passed" in page
        assert HIDDEN.hint not in page

    def test_the_hint_of_a_passed_hidden_check_is_not_told(self):
        assert HIDDEN.hint not in page_of(result("ada", replace(HIDDEN, verdict=Verdict.PASS)))

    def test_nothing_hidden_is_in_the_source_of_the_page(self):
        page = feedback_page(result(), ASSIGNMENT)
        for secret in ("secret", "1717", "0.12345", "5eed", "test_secret_name", "/staff/"):
            assert secret not in page

    def test_what_redact_leaves_holds_nothing_hidden(self):
        left = repr(redact(result().grade))
        assert "secret" not in left
        assert "5eed" not in left
        assert HIDDEN.hint in left

    def test_folders_of_the_grading_machine_are_left_out(self):
        told = replace(PUBLIC, message='File "/srv/grading/stage-17/schedule.py", line 3')
        one = result("ada", told, notices=("see /srv/grading/x.py",))
        assert "/srv" not in feedback_page(one, ASSIGNMENT)
        assert 'File ".../schedule.py", line 3'.replace('"', "&#34;") in page_of(one)

    def test_a_required_check_that_fails_explains_the_zero(self):
        assert "required: until it does, this task earns nothing" in page_of(
            result("ada", PASSED, replace(HIDDEN, gate=True))
        )
        assert "A required check did not pass" in page_of(result("ada", replace(PUBLIC, gate=True)))
        assert "earns nothing" not in page_of(result("ada", replace(PASSED, gate=True)))

    def test_a_withheld_grade_has_no_number(self):
        error = replace(PUBLIC, verdict=Verdict.ERROR, message="the grader failed here", diagnosis="")
        page = page_of(result("ada", error, withheld=True, problem="Traceback in /srv/judge.py"))
        assert "A TA looks at this first" in page
        assert "40" not in page
        assert "Traceback" not in page

    def test_a_problem_is_told_with_a_next_step(self):
        page = page_of(result("ada", problem="ada.zip is damaged or not a zip file", tasks=(), score=0.0))
        assert "Not graded ada.zip is damaged or not a zip file Mend this and hand in again" in page
        assert "0 of 100" not in page

    def test_what_staff_must_mend_and_know_is_not_told_to_students(self):
        problem, remark = "ada does not hold the commit c0ffee: fetch it again", "received.csv has no line"
        one = result("ada", problem=problem, ours=True, remarks=(remark,), tasks=(), score=0.0)
        assert "Not graded yet A TA looks at how your work reached us." in page_of(one)
        assert problem not in page_of(one)
        assert remark not in page_of(one)
        assert f"Not graded {problem}" in page_of(one, "staff")
        assert f"For staff {remark}" in page_of(one, "staff")
        assert remark in words(class_page([one], ASSIGNMENT, "feedback"))

    def test_late_is_told_and_takes_no_points(self):
        assert "late" in page_of(result(late=True))
        assert "40 of 100 points" in page_of(result(late=True))
        assert "late" not in page_of(result())

    def test_notices_are_listed(self):
        assert "About your files Left out: torch.py." in page_of(result(notices=("Left out: torch.py.",)))

    def test_no_time_and_no_commit_leave_no_gap(self):
        page = page_of(result(received_at="", commit=""))
        assert "Received" not in page
        assert "Commit" not in page

    def test_staff_sees_everything_and_is_told_so(self):
        one = result("ada", PUBLIC, HIDDEN)
        page = page_of(one, "staff")
        for told in ("For staff only", "secret title", "secret message", "secret print", "5eed5eed5eed5eed"):
            assert told in page

    @pytest.mark.parametrize("verdict", list(Verdict))
    @pytest.mark.parametrize("visibility", list(Visibility))
    def test_every_verdict_has_words(self, verdict, visibility):
        page = page_of(result("ada", replace(PUBLIC, verdict=verdict, visibility=visibility)))
        assert verdict.value not in page


class TestClassPage:
    def test_it_names_counts_and_links_everyone(self, tmp_path):
        results = [
            result("zoe", late=True),
            result("ada"),
            result("kim", problem="no submission found", tasks=()),
        ]
        *pages, index = report(results, ASSIGNMENT, tmp_path)
        assert [str(path.relative_to(tmp_path)) for path in pages] == [
            f"feedback/{student}/index.html" for student in ("ada", "kim", "zoe")
        ]
        page = index.read_text("utf-8")
        assert re.findall(r'href="([^"]+)"', page[page.index('class="students"') :]) == [
            "feedback/ada/index.html",
            "feedback/kim/index.html",
            "feedback/zoe/index.html",
        ]
        assert "For staff only" in page
        assert "Students 3 Graded 2 Median 40 Mean 40 Late 1 Withheld 0 Problems 1" in words(page)
        assert "Somebody must look kim no submission found" in words(page)

    def test_a_withheld_score_is_not_shown_and_not_counted(self):
        page = words(
            class_page([result("ada", withheld=True), result("bob", score=90.0)], ASSIGNMENT, "feedback")
        )
        assert "Median 90" in page
        assert "ada Ada – withheld" in page

    def test_an_empty_class_has_a_page(self):
        page = words(class_page([], ASSIGNMENT, "feedback"))
        assert "Median –" in page
        assert "Nothing is graded yet" in page

    def test_a_panel_with_nothing_to_show_is_left_out_and_its_neighbour_takes_its_room(self):
        nobody = class_page([result("kim", problem="no submission found", tasks=())], ASSIGNMENT, "feedback")
        assert "<h2>Scores</h2>" not in nobody
        assert re.search(r'class="card whole">\s*<h2>Tasks</h2>', nobody)
        without_times = class_page([result("ada")], ASSIGNMENT, "feedback")
        assert "<h2>Scores</h2>" in without_times
        assert re.search(r'class="card">\s*<h2>Tasks</h2>', without_times)
        assert re.search(r'class="card whole">\s*<h2>Difficulty</h2>', without_times)

    def test_mistakes_count_students_once_and_commonest_first(self):
        other = replace(PUBLIC, diagnosis="it is something else.")
        results = [result("ada", PUBLIC, PUBLIC, HIDDEN), result("bob", PUBLIC), result("kim", other)]
        page = words(class_page(results, ASSIGNMENT, "feedback"))
        assert page.index("f is evaluated at T points. 1.1 The schedule 2") < page.index(
            "it is something else."
        )

    def test_a_task_that_goes_along_with_the_rest_tells_apart_and_one_that_goes_against_it_does_not(self):
        def graded(student: str, *points: float) -> Result:
            tasks = tuple(
                TaskResult(f"t{i}", f"1.{i}", f"T{i}", 10.0, own, (PASSED,)) for i, own in enumerate(points)
            )
            return result(student, tasks=tasks, score=sum(points))

        page = words(
            class_page(
                [graded("ada", 10, 10, 0), graded("bob", 5, 5, 1), graded("kim", 0, 0, 2)],
                ASSIGNMENT,
                "feedback",
            )
        )
        assert "1.0 T0 50 % 1.00 1.1 T1 50 % 1.00 1.2 T2 10 % −1.00" in page
        assert "1.1 The schedule 40 % –" in words(class_page([result()], ASSIGNMENT, "feedback"))

    def test_the_slowest_checks_come_first_by_their_medians(self):
        names = {PUBLIC.name: (1.0, 2.0, 30.0), HIDDEN.name: (3.0, 3.0, 3.0)}
        results = [
            replace(one, run=replace(one.run, check_seconds={name: took[i] for name, took in names.items()}))
            for i, one in enumerate(map(result, ("ada", "bob", "kim")))
        ]
        page = words(class_page(results, ASSIGNMENT, "feedback"))
        assert page.index("secret title at T = 1717 1.1 The schedule 3.0 s") < page.index(" 2.0 s")

    def test_staff_pages_lie_apart(self, tmp_path):
        paths = report([result()], ASSIGNMENT, tmp_path, "staff")
        assert [str(path.relative_to(tmp_path)) for path in paths] == ["staff/ada/index.html", "index.html"]
        assert 'href="staff/ada/index.html"' in paths[-1].read_text("utf-8")

    def test_the_same_results_make_the_same_bytes_in_any_order(self, tmp_path):
        results = [result("ada"), result("bob")]
        first = {path.name: path.read_bytes() for path in report(results, ASSIGNMENT, tmp_path / "1")}
        assert first == {
            path.name: path.read_bytes() for path in report(results[::-1], ASSIGNMENT, tmp_path / "2")
        }

    @pytest.mark.parametrize("student", ["../../etc/cron", "", "a/b", "..", "a\\b"])
    def test_a_result_with_an_impossible_student_writes_nothing(self, tmp_path, student):
        with pytest.raises(ValueError, match="no student's id"):
            report(
                [result("ada"), replace(result(), grade=replace(result().grade, student=student))],
                ASSIGNMENT,
                tmp_path,
            )
        assert list(tmp_path.iterdir()) == []


class TestFigures:
    def test_scores_on_an_edge_fall_into_the_upper_step_and_full_ones_into_the_last(self):
        assert bin_counts([0, 9.99, 10, 99.9, 100], 100, 10) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]

    @pytest.mark.parametrize(("scores", "max_score"), [([], 100), ([0.0], 0.0), ([-1.0, 200.0], 100)])
    def test_strange_scores_draw_something(self, scores, max_score):
        assert sum(bin_counts(scores, max_score, 10)) == len(scores)
        assert histogram(scores, max_score).startswith("<svg")

    def test_a_figure_says_its_numbers_in_words(self):
        assert 'aria-label="Number of students by score. 90 to 100: 2."' in histogram([90, 100], 100)

    def test_texts_in_figures_are_escaped(self):
        hostile = '"><script>x</script>'
        for figure in (
            bar([Part(0.5, "good", hostile)], hostile),
            strip([Part(0.5, "good", hostile)], hostile),
        ):
            assert "<script" not in figure


class TestWords:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [(0, "0"), (100.0, "100"), (43.5, "43.5"), (100 / 3, "33.33"), (1e-9, "0"), (10, "10")],
    )
    def test_numbers(self, value, shown):
        assert number(value) == shown

    def test_moments(self):
        assert moment("2026-10-01T21:59:07Z") == "1 October 2026, 21:59:07 UTC"
        assert moment("whenever") == "whenever"

    def test_commits(self):
        assert commit_name("0123456789abcdef") == "0123456789"
        assert commit_name("sha256:0123456789abcdef") == "sha256:0123456789"


# What a page may hold, read as a browser would.

SORT = (TEMPLATES / "sort.js").read_text("utf-8")  # the only script of a page
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)><svg onload=alert(1)>"
    "</title></style></p></pre>'\"><a href=javascript:alert(1)>{{ 7*7 }}{% raw %}"
    "\x1b[2J\x1b]8;;http://evil\x07\u202egnp.exe\u2066\u200b\x00\x85\ud800 http://evil.example/x.png"
)


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    return parser.seen


def hostile_pages() -> Iterator[str]:
    """Every text of a result is hostile, except the student's id, which is checked."""
    checks = tuple(
        CheckResult(HOSTILE, HOSTILE, visibility, Verdict.FAIL, 2, True, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
        for visibility in Visibility
    )
    hostile_task = TaskResult(HOSTILE, HOSTILE, HOSTILE, 10.0, 5.0, checks)
    for changes in ({}, {"problem": HOSTILE}, {"withheld": True, "problem": HOSTILE}):
        base = result("ada", name=HOSTILE, commit=HOSTILE, received_at=HOSTILE, tasks=(hostile_task,))
        grade = replace(base.grade, notices=(HOSTILE,), **changes)
        run = Run(
            HOSTILE, HOSTILE, HOSTILE, 1.0, HOSTILE, output={HOSTILE: HOSTILE}, errors={HOSTILE: HOSTILE}
        )
        hostile = Result(grade, run)
        yield feedback_page(hostile, ASSIGNMENT)
        yield feedback_page(hostile, ASSIGNMENT, "staff")
        yield class_page([hostile], ASSIGNMENT, "feedback").replace(f"<script>{SORT}</script>", "")


def test_hostile_text_adds_no_element_no_attribute_and_no_control_character():
    for page in hostile_pages():
        for tag, attributes in elements(page):
            assert tag not in ("script", "img", "iframe", "object", "link", "form", "base")
            assert not [
                name for name in attributes if name.startswith("on") or name in ("style", "src", "xlink:href")
            ]
            assert re.match(r"#task-|feedback/|staff/", attributes.get("href") or "#task-")
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page
        )
        assert "{{ 7*7 }}" in page


def test_the_policy_allows_the_pages_own_style_and_the_class_pages_script_and_nothing_else():
    def own(element: str, page: str) -> list[str]:
        found = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found]
        return [f"; script-src 'sha256-{digest}'" for digest in digests]

    of_class = class_page([result()], ASSIGNMENT, "feedback")
    assert len(own("script", of_class)) == 1
    for page in (feedback_page(result(), ASSIGNMENT), of_class):
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        metas = [attributes for tag, attributes in elements(page) if tag == "meta"]
        (policy,) = [meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy"]
        allowed = f"style-src 'sha256-{digest}'; img-src data:"
        script = "".join(own("script", page))
        assert policy == f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'{script}"
        assert page.index("Content-Security-Policy") < page.index("<style>")
        assert "url(" not in style
        assert "@import" not in style
        assert "http:" not in page
        assert "https:" not in page


# In a browser.


@pytest.fixture
def canary_server():
    """A server on loopback that remembers what was asked of it."""
    asked: list[str] = []

    class Remember(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Remember) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@needs_chromium
@pytest.mark.parametrize("with_policy", [True, False])
def test_a_script_that_slipped_through_all_escaping_does_not_run(tmp_path, canary_server, with_policy):
    """The same page without its policy shows that the canary works."""
    address, asked = canary_server
    canary = (
        "<script>document.documentElement.id = 'owned'</script>"
        f"<img src={address}/image onerror=\"document.documentElement.id='owned'\">"
        f"<link rel=stylesheet href={address}/style><iframe src={address}/frame></iframe>"
        f"<svg onload=\"document.documentElement.id='owned'\"><image href={address}/svg /></svg>"
    )
    page = feedback_page(result(), ASSIGNMENT).replace("</main>", canary + "</main>")
    if not with_policy:
        page = page.replace("Content-Security-Policy", "x-nothing")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    shown, _ = browse((tmp_path / "page.html").as_uri(), tmp_path / "profile")
    assert PUBLIC.message in shown
    assert ('id="owned"' in shown) is not with_policy
    assert bool(asked) is not with_policy


@needs_chromium
def test_a_browser_has_no_complaint_about_an_honest_page(tmp_path):
    """A wrong hash of the style, or an attribute that the policy forbids, would be logged."""
    *_, index = report([result()], ASSIGNMENT, tmp_path / "out")
    shown, log = browse(index.as_uri(), tmp_path / "profile")
    assert "Denoising diffusion" in shown
    assert "Content Security Policy" not in log
    assert "CONSOLE" not in log


@needs_chromium
@pytest.mark.parametrize(
    ("presses", "order"),
    [(["Score"], "cem bob ada"), (["Score", "Score"], "ada bob cem"), (["Remarks"], "cem bob ada")],
)
def test_the_class_page_sorts_its_students(tmp_path, presses, order):
    of_class = [result("ada", score=100.0), result("bob", score=9.5, late=True), result("cem", withheld=True)]
    *_, index = report(of_class, ASSIGNMENT, tmp_path / "out")
    press = "".join(
        f'[...document.querySelectorAll("th button")].find(one => one.textContent == "{name}").click();'
        for name in presses
    )
    page = index.read_text("utf-8").replace("Content-Security-Policy", "x-nothing")
    index.write_text(page.replace("</body>", f"<script>{press}</script></body>"), encoding="utf-8")
    shown, _ = browse(index.as_uri(), tmp_path / "profile")
    assert re.findall(r'data-key="([a-z]+)"', shown) == order.split()
    assert len(re.findall("<th[^>]* aria-sort=", shown)) == 1
