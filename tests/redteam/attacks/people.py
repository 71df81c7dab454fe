"""J. Injection into people and tools, with what pages may tell: 12, 20 to 22, 26, 67, 68 and 71."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from rich.console import Console, RenderableType

from autograder.calls.outcomes import OF_FAULTS, Outcome
from autograder.judging.grading import conclude
from autograder.judging.trial import CheckRun
from autograder.pages.report import class_page, feedback_page, report
from autograder.records import CheckResult, Grade, Result, Run, Submission, TaskResult, Verdict, Visibility
from autograder.redteam.attack import Absent, Act, Attack, Code
from autograder.replaying import _lines as replay_lines
from autograder.show import tables

from ..bench import SEED
from ..scene import TOKEN, token
from .handins import need

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
TERMINAL = {
    "colours and a cleared screen": "\x1b[31mred\x1b[0m \x1b[2J\x1b[H100 / 100",
    "a link that is none": "\x1b]8;;http://evil.example\x07feedback\x1b]8;;\x07",
    "a title and a clipboard": "\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x07",
    "direction overrides": "score \u202e001\u202c \u2066x\u2069",
    "eight-bit escapes": "\x9b2J\x85\x90q\x9c",
    "letters that do not draw": "ada\u200b\u200d\ufeff\u2060",
    "returns and backspaces": "failed\rpassed\b\b\b",
    "markup of the table": "[bold red]owned[/] [link=http://evil]x[/link]",
    "lone surrogates": "\ud800\udfff",
    "a tower of accents": "a" + "\u0301" * 5000,
}
OWNED = "document.documentElement.id='owned'"
HTML = {
    "a script": f"<script>{OWNED}</script>",
    "an image that fails": f'<img src=x onerror="{OWNED}">',
    "SVG": f'<svg onload="{OWNED}"><a href="javascript:{OWNED}">x</a></svg>',
    "out of the title and the style": f"</title></style></pre><script>{OWNED}</script>",
    "out of an attribute": f'" autofocus onfocus="{OWNED}" x=\'',
    "a template's own language": "{{ 7*7 }}{% raw %}{% endraw %}{{ self.__init__.__globals__ }}",
    "a page's own policy": "<meta http-equiv=refresh content='0;url=http://evil.example'><base href=http://evil.example>",
    "a style": "<style>*{background:url(http://evil.example)}</style><link rel=stylesheet href=http://evil.example>",
    "a frame and a form": "<iframe src=http://evil.example></iframe><form action=http://evil.example>",
}


def check(
    words: str, visibility: Visibility, verdict: Verdict = Verdict.FAIL, name: str = "tests/t.py::t"
) -> CheckResult:
    return CheckResult(name, words, visibility, verdict, 1, False, words, words, words, words)


def result(words: str, **changes: Any) -> Result:
    """Return a result in which every text is a student's, but for the id, which the collector checks."""
    checks = check(words, Visibility.PUBLIC), check(words, Visibility.HIDDEN)
    task = TaskResult("standardise", "1.1", words, 40.0, 0.0, checks)
    grade = Grade(
        "eve", words, "a99_example", words, words, True, "5eed", 0.0, 100.0, False, (task,), (words,)
    )
    return Result(
        replace(grade, **changes),
        Run("full", words, words, 0.0, words, output={"t": words}, errors={"t": words}),
    )


def terminal_of(lines: Iterable[RenderableType], width: int = 80) -> str:
    """Return what would appear on a terminal of that width, or in a log."""
    shown = io.StringIO()
    terminal = Console(file=shown, width=width, highlight=False, color_system=None)
    for line in lines:
        terminal.print(line)
    return shown.getvalue()


def everywhere_in_terminal(words: str) -> str:
    one = Submission("eve", words, words, "c" * 40, {}, "", True, (words,), words)
    graded = [result(words), result(words, problem=words), result(words, withheld=True, problem=words)]
    shown = terminal_of(tables.class_table(graded))
    return shown + terminal_of(tables.collected_table([one, replace(one, problem="")]))


def in_terminal(words: str) -> Callable[[Path, Any], str]:
    def act(place: Path, bench: Any) -> str:
        shown = everywhere_in_terminal(words)
        need("eve" in shown, "nothing was shown")
        need(not CONTROL.search(shown), f"it reached the terminal: {CONTROL.search(shown)!r}")
        need(shown.count("\u0301") <= 5 * shown.count("a\u0301"), "accents pile up")
        return "text becomes visible escapes"

    return act


def commands_in(log: str) -> list[str]:
    """Return what a runner would obey: lines with :: after blanks, or ##[ anywhere, until commands are stopped."""
    obeyed, stopped = [], ""
    for line in log.splitlines():
        command = line.strip()
        if stopped:
            stopped = "" if command == f"::{stopped}::" else stopped
        elif command.startswith("::stop-commands::"):
            stopped = command.removeprefix("::stop-commands::")
        elif command.startswith("::") or "##[" in command:
            obeyed.append(command)
    return obeyed


def commands_in_log(place: Path, bench: Any) -> str:
    """Collect hostile names in a workflow, at a width that puts them at the beginning of a line."""
    root, course = Path(__file__).parents[3], bench.judge.assignment.folder.parents[1]
    hand_in = place / "in" / "eve"
    hand_in.mkdir(parents=True)
    (hand_in / "noising.py").write_text("x = 1\n")
    for name in COMMANDS:
        (hand_in / f"{name}.so").write_text("")
    for width in ("60",):
        command = [
            sys.executable,
            "-c",
            "from autograder.cli import main; main()",
            "collect",
            "a99",
            str(place / "in"),
        ]
        environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": width, "GITHUB_ACTIONS": "true"}
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(command, cwd=course, env=environment, text=True, timeout=120, **both)  # type: ignore[call-overload]
        need("eve" in done.stdout, f"dud: nothing was collected: {done.stdout[-300:]}")
        need(not commands_in(done.stdout), f"the runner would obey {commands_in(done.stdout)[:1]}")
        need(
            bool(commands_in(done.stdout.partition("\n")[2])),
            "dud: no name came to stand where a runner looks",
        )
    return "the command line stops the runner's commands while it prints"


def page_elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    from html.parser import HTMLParser

    seen: list[tuple[str, dict[str, str | None]]] = []

    class Elements(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append((tag, dict(attrs)))

    Elements().feed(page)
    return seen


def pages_of(bench: Any, words: str) -> list[str]:
    assignment, one = bench.judge.assignment, result(words)
    return [
        feedback_page(one, assignment),
        feedback_page(one, assignment, "staff"),
        class_page([one], assignment, "feedback"),
    ]


def in_page(words: str) -> Callable[[Path, Any], str]:
    def act(place: Path, bench: Any) -> str:
        plain = [[tag for tag, _ in page_elements(page)] for page in pages_of(bench, "words")]
        for page, tags in zip(pages_of(bench, words), plain, strict=True):
            found = page_elements(page)
            need([tag for tag, _ in found] == tags, "the text made elements")
            names = {name for _, attributes in found for name in attributes}
            need(not any(name.startswith("on") for name in names), "the text made attributes")
            need(not CONTROL.search(page), "the text kept control characters")
        return "templates escape, and a policy besides"

    return act


def in_chromium(place: Path, bench: Any) -> str:
    """All of it on one page in a browser, once as it is and once with nothing escaped and no policy."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        raise Absent("chromium is not installed")
    words = " ".join(HTML.values())
    unmoved = " ".join(html for html in HTML.values() if "refresh" not in html)
    *_, index = report([result(words)], bench.judge.assignment, place / "out", "staff")
    pages = [index, index.parent / "staff" / "eve" / "index.html"]
    open_page = place / "open.html"
    open_page.write_text(f"<!doctype html><html><body>{unmoved}</body></html>", encoding="utf-8")
    for page in (*pages, open_page):
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={place}/profile",
                   "--host-resolver-rules=MAP * 127.0.0.1:9", "--virtual-time-budget=2000", "--dump-dom", page.as_uri()]  # fmt: skip
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=120,
            check=True,
            env={"HOME": str(place), "PATH": "/usr/bin:/bin"},
        )
        owned = 'id="owned"' in done.stdout.decode("utf-8", "replace")
        need(
            owned is (page == open_page),
            "a script ran in a page" if owned else "dud: no script runs in an open page either",
        )
    return "nothing runs in a browser"


def slipped_through(place: Path, bench: Any) -> str:
    """Even unescaped, nothing runs: the policy allows the page's own style and nothing else."""
    for page in pages_of(bench, "words"):
        metas = [attributes for tag, attributes in page_elements(page) if tag == "meta"]
        policy = next(
            (meta["content"] or "" for meta in metas if meta.get("http-equiv") == "Content-Security-Policy"),
            "",
        )
        need("default-src 'none'" in policy and "unsafe" not in policy, f"the policy is {policy!r}")
        need(
            page.index("Content-Security-Policy") < page.index("<style>"), "something comes before the policy"
        )
    return "a policy that allows no script"


# ---- what pages may tell
def hidden_words(place: Path, bench: Any) -> str:
    """Put a secret into everything that a hidden check says but its written hint."""
    hidden = replace(check(token("hidden"), Visibility.HIDDEN), hint="a written hint")
    task = TaskResult("standardise", "1.1", "t", 40.0, 0.0, (hidden,))
    one = result("x")
    one = Result(replace(one.grade, tasks=(task,), seed=token("seed")), replace(one.run, output={hidden.name: token("print")},
                 errors={hidden.name: token("error")}, key=token("key")))  # fmt: skip
    page = feedback_page(one, bench.judge.assignment)
    need(not TOKEN.search(page), "a hidden check's words are on the student's page")
    need(
        bool(TOKEN.search(feedback_page(one, bench.judge.assignment, "staff"))),
        "dud: staff does not see them either",
    )
    need("a written hint" in page, "the written hint is missing")
    return "what students see is made from a redacted result"


def hidden_inputs(place: Path, bench: Any) -> str:
    """Grade a submission that raises and prints its hidden inputs, and look at the student's page."""
    from autograder.judging.score import score

    source = b"""
def standardise(x, delta=1e-5):
    print("canary-input-0123456789abcdef", x)
    raise ValueError(f"canary-input-0123456789abcdef {x}")
"""
    judged = bench.judged({"noising.py": source}, bench.limits)
    tasks = score(
        bench.judge.assignment, [one for one in judged if one.check.visibility is Visibility.HIDDEN]
    )
    run = replace(result("x").run, output={one.check.name: one.printed for one in judged})
    one = Result(replace(result("x").grade, tasks=tasks), run)
    need("canary-input" in feedback_page(one, bench.judge.assignment, "staff"), "dud: nothing was recorded")
    need(
        "canary-input" not in feedback_page(one, bench.judge.assignment),
        "hidden inputs are on the student's page",
    )
    return "what students see is made from a redacted result"


def folders(place: Path, bench: Any) -> str:
    """Have the paths of the grading machine told in messages, notices and problems."""
    words = f'File "{bench.judge.staging.folder}/s1/assignments/a99_example/noising.py", line 3; see /srv/staff/keys/course.key'
    told = replace(check("x", Visibility.PUBLIC), message=words, hint=words)
    task = TaskResult("standardise", "1.1", "t", 40.0, 0.0, (told,))
    one = result("x", problem=words, notices=(words,), tasks=(task,))
    page = feedback_page(one, bench.judge.assignment)
    need("line 3" in page, "dud: the message is not shown")
    need(
        str(bench.judge.staging.folder) not in page and "/srv/staff" not in page,
        "folders of the machine are told",
    )
    return "absolute paths are cut"


def withheld(place: Path, bench: Any) -> str:
    one = result("x", withheld=True, problem=token("traceback"))
    need(
        not TOKEN.search(feedback_page(one, bench.judge.assignment)),
        "the grader's own failure is told to a student",
    )
    return "what students see is made from a redacted result"


def oracle(changes: dict[str, Any]) -> Callable[[Path, Any], str]:
    """Two hidden failures that differ in one thing must make the same page."""

    def act(place: Path, bench: Any) -> str:
        pages = []
        for different in ({}, changes):
            hidden = replace(check("x", Visibility.HIDDEN), hint="hint", **different)
            task = TaskResult("standardise", "1.1", "t", 40.0, 0.0, (hidden, replace(hidden, name="other")))
            one = result("x")
            pages.append(
                feedback_page(Result(replace(one.grade, tasks=(task,)), one.run), bench.judge.assignment)
            )
        need(pages[0] == pages[1], "the page tells them apart")
        return "hidden checks are told by count and written hint"

    return act


def which_failed(place: Path, bench: Any) -> str:
    pages = []
    for verdicts in ((Verdict.FAIL, Verdict.PASS), (Verdict.PASS, Verdict.FAIL)):
        checks = tuple(
            replace(check("x", Visibility.HIDDEN, v), name=f"h{n}", hint="") for n, v in enumerate(verdicts)
        )
        one, task = result("x"), TaskResult("standardise", "1.1", "t", 40.0, 20.0, checks)
        pages.append(
            feedback_page(Result(replace(one.grade, tasks=(task,)), one.run), bench.judge.assignment)
        )
    need(pages[0] == pages[1], "the page tells which hidden check failed")
    return "hidden checks are told by count and written hint"


# ---- 84: a hidden check's end as a channel out of its worker
NOT_PASSED = tuple(v for v in Verdict if v not in (Verdict.PASS, Verdict.SKIPPED, Verdict.ERROR))


def page_of_endings(bench: Any, *endings: tuple[Verdict, str]) -> str:
    """Return the page of a student whose hidden checks ended so, each with a verdict and a hint."""
    checks = [
        replace(check("x", Visibility.HIDDEN, verdict, f"hidden/t.py::{n}"), hint=hint)
        for n, (verdict, hint) in enumerate(endings)
    ]
    one, task = result("x"), TaskResult("standardise", "1.1", "t", 40.0, 0.0, tuple(checks))
    return feedback_page(Result(replace(one.grade, tasks=(task,)), one.run), bench.judge.assignment)


def same_page(*ways: tuple[Verdict, str]) -> Callable[[Path, Any], str]:
    """Whichever way a hidden check does not pass, its student's page must be the same."""

    def act(place: Path, bench: Any) -> str:
        pages = {page_of_endings(bench, (Verdict.PASS, ""), way) for way in ways}
        need(len(pages) == 1, f"the page tells {len(pages)} of {len(ways)} endings apart")
        need(
            page_of_endings(bench, (Verdict.PASS, ""), (Verdict.PASS, "")) not in pages,
            "dud: the page does not tell whether a check passed",
        )
        return "hidden checks are told as passed or not"

    return act


def told_by_endings(place: Path, bench: Any) -> str:
    """Submissions whose hidden worker ends as a bit of what it can see: the pages must be the same."""
    from autograder.judging.score import score

    endings = ("raise NotImplementedError('TODO standardise: read')", "os.kill(os.getpid(), 9)", "open('/etc/passwd', 'w')",
               "return None", "return x[:, :1].sum(None, 1)", "raise RuntimeError('NoneType')", "return 'x'")  # fmt: skip
    pages = set()
    for body in endings:
        source = bench.files(Code("tell", body, ""))
        judged = [
            one for one in bench.judged(source, bench.limits) if one.check.visibility is Visibility.HIDDEN
        ]
        one = result("x")
        grade = replace(one.grade, tasks=score(bench.judge.assignment, judged))
        pages.add(feedback_page(Result(grade, one.run), bench.judge.assignment))
    need(len(pages) == 1, f"{len(pages)} pages for {len(endings)} ways to fail")
    return "hidden checks are told as passed or not"


# ---- 85, 86: what staff read, and how much of it
FORGED = "no\nPASS  hidden/test_noising.py::test_standardise\ncall 1: noising.standardise()\nnote: graded again\r\nprinted:"


def run_of(bench: Any, message: str = "", printed: str = "", name: str = "tests/t.py::t") -> CheckRun:
    known = replace_fields(bench.judge.session.checks[0], name=name)
    return CheckRun(known, Outcome(Verdict.FAIL, message), 0.0, (), printed)


def forged_lines(**words: str) -> Callable[[Path, Any], str]:
    """Have a message or print look like further lines of replay's report."""

    def act(place: Path, bench: Any) -> str:
        shown = "\n".join(replay_lines(run_of(bench, **words))).splitlines()
        forged = [line for line in shown if line.startswith(("PASS", "call", "note", "printed:  "))]
        need(any("graded again" in line for line in shown), "dud: the words are not shown")
        need(not forged, f"staff reads {forged[:1]}")
        return "line feeds are indented further than any line of the report"

    return act


def chatter(letter: str) -> Callable[[Path, Any], str]:
    """Print as much as is kept of each check, in all of two hundred checks."""

    def act(place: Path, bench: Any) -> str:
        runs = [run_of(bench, printed=letter * 65_000, name=f"tests/t.py::t{n}") for n in range(200)]
        one = Submission("eve", "", "eve", "c", {})
        made = conclude(bench.judge.assignment, one, SEED, (), runs, 0.0)
        size = len(msgspec.json.encode(made))
        need(size < 1_200_000, f"a result file of {size} bytes")
        need(letter * 65_000 in made.run.output.values(), "dud: nothing is kept")
        return "a bound for all checks together"

    return act


def links(place: Path, bench: Any) -> str:
    page = feedback_page(result("words"), bench.judge.assignment)
    found = [attributes["href"] or "" for _, attributes in page_elements(page) if "href" in attributes]
    need(all(link.startswith("#") for link in found), f"a student's page leads to {found}")
    return "a student's page leads nowhere else"


def neighbours(place: Path, bench: Any) -> str:
    """Look for what is staff's, or another student's, in the folder that students get."""
    bob = result(token("other"))
    bob = replace(bob, grade=replace(bob.grade, student="bob"))
    *pages, index = report([result("words"), bob], bench.judge.assignment, place)
    (eves,) = [page for page in pages if page.parent.name == "eve"]
    need(
        not TOKEN.search(eves.read_text("utf-8")) and "bob" not in eves.read_text("utf-8"),
        "it tells of another student",
    )
    need(index.parent not in (page.parent for page in pages), "the class page lies among the students' pages")
    return "each student's page is made from that student's result alone"


def guessed_name(place: Path, bench: Any) -> str:
    """Have a page written outside its folder by the name of a student."""
    for name in ("../../evil", "..", "a/b", "", "a\\b", "\x1b[2J"):
        one = result("words", student=name)
        try:
            report([one], bench.judge.assignment, place / "out")
        except ValueError:
            continue
        need(False, f"a page was written for {name!r}")
    need(not (place / "out").exists(), "something was written")
    return "a name that is no student's id writes nothing"


def acts(texts: dict[str, str], make: Callable[[str], Callable[[Path, Any], str]]) -> tuple[Act, ...]:
    return tuple(Act(name, make(words)) for name, words in texts.items())


COMMANDS = (
    "x " * 20 + "::notice title=Autograding report::100",
    " ".join(["::add-mask::a"] * 12),
    "noising ##[add-mask]a ##[error]b",
    "::stop-commands::x ::group::y ::x::",
)
ATTACKS = (
    Attack(12, "print a workflow's commands", "report", (Act("in the names of files", commands_in_log),)),
    Attack(
        20,
        "leak through messages and tracebacks",
        "report",
        (
            Act("a hidden check's words", hidden_words),
            Act("hidden inputs, raised and printed", hidden_inputs),
        ),
    ),
    Attack(
        21,
        "leak through feedback",
        "report",
        (Act("folders of the grading machine", folders), Act("the grader's own failure", withheld)),
    ),
    Attack(
        22,
        "ask the oracle again and again",
        "report",
        (
            Act("by the message", oracle({"message": "y"})),
            Act("by the diagnosis", oracle({"diagnosis": "y", "read": "z"})),
            Act("by the title and name", oracle({"title": "y", "name": "z"})),
            Act("which one failed", which_failed),
        ),
    ),
    Attack(
        26,
        "guess where results lie",
        "report",
        (
            Act("links of a page", links),
            Act("another student's page", neighbours),
            Act("a name that leads out", guessed_name),
        ),
    ),
    Attack(67, "terminal escapes", "report", acts(TERMINAL, in_terminal)),
    Attack(
        68,
        "HTML, SVG and scripts",
        "report",
        (
            *acts(HTML, in_page),
            Act("all of it in a browser", in_chromium),
            Act("past all escaping", slipped_through),
        ),
    ),
    Attack(
        71,
        "words for a language model",
        "scope",
        reason="no language model grades or sorts here; text is data",
    ),
    Attack(
        84,
        "tell what the hidden worker sees by how checks end",
        "report",
        (
            Act("by the verdict", same_page(*((verdict, "") for verdict in NOT_PASSED))),
            Act(
                "by the hint of an ending",
                same_page(*((v, f"{v}") for v in NOT_PASSED if v is not Verdict.FAIL)),
            ),
            Act(
                "by the hint of an exception",
                same_page(*((Verdict.FAIL, hint) for hint in OF_FAULTS)),
            ),
            Act("in a worker", told_by_endings),
        ),
    ),
    Attack(
        85,
        "lines that look like the report's own",
        "report",
        (
            Act("in a message", forged_lines(message=FORGED)),
            Act("in what is printed", forged_lines(printed=FORGED)),
        ),
    ),
    Attack(
        86,
        "fill the results with chatter",
        "report",
        (Act("words", chatter("x")), Act("escapes", chatter("\x1b")), Act("accents", chatter("\u0301"))),
    ),
)
