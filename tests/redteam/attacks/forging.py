"""A. Forging results: 1 to 17, as far as a submission can try."""

from autograder.records import Verdict
from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, SPLIT, KILL = "Landlock", "seccomp", "judge/worker split", "the worker ends by SIGKILL"
CRASH, FAIL, TIMEOUT = Verdict.CRASH, Verdict.FAIL, Verdict.TIMEOUT
SHORT = {"call_wall_s": 0.5}
FORGED = "'{\"score\": 100}'"

OVERWRITE = Attack(
    1,
    "overwrite the results file",
    "worker",
    (
        Code("write", f'Path(HERE["results"]).write_text({FORGED})', LANDLOCK),
        Code("append", 'os.write(os.open(HERE["results"], os.O_WRONLY | os.O_APPEND), b"100")', LANDLOCK),
        Code("truncate", 'os.truncate(HERE["results"], 0)', LANDLOCK),
        Code("rename another over it", 'os.rename(HERE["other"], HERE["results"])', LANDLOCK),
        Code(
            "put a link in its place",
            'os.unlink(HERE["results"])\nos.symlink(HERE["other"], HERE["results"])',
            LANDLOCK,
        ),
        Code(
            "make a second name for it", 'os.link(HERE["results"], HERE["folder"] + "/mine.json")', LANDLOCK
        ),
        Code(
            "through the judge's root in /proc",
            f"Path(f\"/proc/{{HERE['judge']}}/root{{HERE['results']}}\").write_text({FORGED})",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "a thread that keeps writing",
            f"""
def write():
    while True:
        Path(HERE["results"]).write_text({FORGED})
threading.Thread(target=write, daemon=True).start()
time.sleep(0.2)""",
            LANDLOCK,
            wait_s=0.3,
        ),
        Code("make it unwritable for the judge", 'os.chmod(HERE["results"], 0)', SECCOMP),
        Code("date it back", 'os.utime(HERE["results"], (1, 1))', SECCOMP),
    ),
)

DAEMON = Attack(
    2,
    "rewrite the results from the background",
    "worker",
    (
        Code(
            "fork twice",
            f"""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        try:
            time.sleep(0.2)
            Path(HERE["results"]).write_text({FORGED})
        finally:
            time.sleep(5)
            os._exit(0)
    os._exit(0)
os.wait()""",
            SECCOMP,
            wait_s=1,
            only="seccomp",
        ),
        Code(
            "a program in a session of its own",
            """
subprocess.Popen(["/bin/sh", "-c", f"sleep 0.1; echo 100 > {HERE['results']}; sleep 5"], start_new_session=True)""",
            SECCOMP,
            wait_s=1,
        ),
        Code(
            "posix_spawn",
            """
os.posix_spawn("/bin/sh", ["sh", "-c", f"sleep 0.1; echo 100 > {HERE['results']}; sleep 5"], {})""",
            SECCOMP,
            wait_s=1,
        ),
        Code(
            "a shell's background job",
            "os.system(f\"(sleep 0.1; echo 100 > {HERE['results']}; sleep 5) &\")",
            SECCOMP,
            wait_s=1,
        ),
        Code(
            "a raw clone",
            """
number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
made = ctypes.CDLL(None, use_errno=True).syscall(number, signal.SIGCHLD, 0, 0, 0, 0)
if made == 0:
    Path(HERE["results"]).write_text("100")
    time.sleep(5)
    os._exit(0)""",
            SECCOMP,
            wait_s=1,
        ),
        Code(
            "multiprocessing",
            """
import multiprocessing
multiprocessing.get_context("fork").Process(target=lambda: time.sleep(5)).start()""",
            SECCOMP,
            wait_s=1,
        ),
    ),
)

WRITE_AT_END = "Path('results.json').write_text('{\"score\": 1}')"
AT_EXIT = Attack(
    3,
    "overwrite the results at exit",
    "worker",
    (
        Code("atexit", f"atexit.register(lambda: {WRITE_AT_END})", KILL, proof="allclose"),
        Code("weakref.finalize", f"weakref.finalize(torch, lambda: {WRITE_AT_END})", KILL, proof="allclose"),
        Code(
            "__del__ of what is returned",
            f"""
class Late:
    def __del__(self):
        {WRITE_AT_END}

def standardise(x, delta=1e-5):
    return Late()
""",
            KILL,
            proof="allclose",
            module=True,
        ),
        Code(
            "a signal handler",
            f"""
signal.signal(signal.SIGTERM, lambda *_: {WRITE_AT_END})
atexit.register(os.kill, os.getpid(), signal.SIGTERM)""",
            KILL,
            proof="allclose",
        ),
    ),
)

HOOK = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
CONFTEST = Attack(
    4,
    "rewrite outcomes by a pytest hook",
    "worker",
    (
        Code("conftest.py", "return x", SPLIT, proof="pytest", more={"conftest.py": HOOK}),
        Code(
            "pytest.ini that only collects",
            "return x",
            SPLIT,
            proof="pytest",
            more={"pytest.ini": "[pytest]\naddopts = --collect-only\n"},
        ),
        Code(
            "setup.cfg that only collects",
            "return x",
            SPLIT,
            proof="pytest",
            more={"setup.cfg": "[tool:pytest]\naddopts = --collect-only\n"},
        ),
        Code(
            "pytest's own runner, patched at import",
            """
import _pytest.python
_pytest.python.Function.runtest = lambda self: None

def standardise(x, delta=1e-5):
    return x
""",
            SPLIT,
            proof="pytest",
            module=True,
        ),
    ),
)

PLUGIN = Attack(
    5,
    "slip a pytest plugin in",
    "worker",
    (
        Code(
            "PYTEST_ADDOPTS",
            """
os.environ["PYTEST_ADDOPTS"] = "--collect-only"

def standardise(x, delta=1e-5):
    return x
""",
            SPLIT,
            proof="pytest",
            module=True,
        ),
        Code(
            "PYTEST_PLUGINS",
            """
os.environ["PYTEST_PLUGINS"] = "evil"

def standardise(x, delta=1e-5):
    return x
""",
            SPLIT,
            proof="pytest",
            module=True,
            more={"evil.py": HOOK},
        ),
        Code(
            "an entry point in site-packages",
            """
Path(HERE["site"], "evil.dist-info").mkdir()
Path(HERE["site"], "evil.dist-info", "entry_points.txt").write_text("[pytest11]\\nevil = evil\\n")""",
            LANDLOCK,
        ),
    ),
)

LIBRARY = Attack(
    6,
    "patch the grading library",
    "worker",
    (
        Code(
            "torch.testing.assert_close and the course's comparator",
            """
torch.testing.assert_close = lambda *a, **k: None
if "autograder.checks" in sys.modules:
    sys.modules["autograder.checks"].close = lambda *a, **k: None
return x""",
            SPLIT,
            proof="assert close",
        ),
        Code(
            "every module of the grader in this process",
            """
for name, module in list(sys.modules.items()):
    if name.startswith(("autograder", "torch.testing")):
        for key, value in list(vars(module).items()):
            if key in ("close", "expect", "assert_close", "check_return"):
                setattr(module, key, lambda *a, **k: None)
return x""",
            SPLIT,
            proof="assert close",
        ),
        Code(
            "the comparator's code object",
            """
def nothing(*a, **k):
    return None
for function in gc.get_objects():
    if isinstance(function, types.FunctionType) and function.__name__ in ("close", "assert_close"):
        if not function.__closure__:
            function.__code__ = nothing.__code__
return x""",
            SPLIT,
            proof="assert close",
        ),
    ),
)

RESULT_CLASS = Attack(
    7,
    "patch the test runner's result",
    "worker",
    (
        Code(
            "unittest.TestResult",
            """
import unittest
unittest.TestResult.addFailure = unittest.TestResult.addError = lambda *a: None
return x""",
            SPLIT,
            proof="unittest",
        ),
        Code(
            "wasSuccessful",
            """
import unittest
unittest.TestResult.wasSuccessful = lambda self: True
return x""",
            SPLIT,
            proof="unittest",
        ),
        Code(
            "json.dumps",
            """
json.dumps = lambda *a, **k: '{"score": 1}'
return x""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "Path.write_text",
            """
write = Path.write_text
Path.write_text = lambda self, text, *a, **k: write(self, '{"score": 1}')
return x""",
            SPLIT,
            proof="allclose",
        ),
    ),
)

FRAMES = Attack(
    8,
    "find the expected value in the process",
    "worker",
    (
        Code(
            "walk the frames",
            """
frame = sys._getframe()
while frame:
    if "expected" in frame.f_locals:
        return frame.f_locals["expected"]
    frame = frame.f_back""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "inspect.stack",
            """
for info in inspect.stack(0):
    for value in info.frame.f_locals.values():
        if isinstance(value, torch.Tensor) and value.shape == x.shape and not torch.equal(value, x):
            return value""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "gc: the reference's function",
            """
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ == "standardise" and thing.__module__ != __name__:
        return thing(x)""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "sys.modules",
            """
for name, module in list(sys.modules.items()):
    if name.startswith("solution") and hasattr(module, "standardise"):
        return module.standardise(x)""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "a trace function that sees it later",
            """
def see(frame, event, argument):
    return see
sys.settrace(see)
frame = sys._getframe().f_back.f_back
while frame and "got" not in frame.f_code.co_varnames:
    frame = frame.f_back
return frame.f_locals["expected"] if frame else None""",
            SPLIT,
            proof="allclose",
        ),
    ),
)

KEY = Attack(
    9,
    "steal the signing key",
    "worker",
    (
        Code(
            "from the frames",
            """
frame = sys._getframe()
while frame:
    print({name: value for name, value in frame.f_locals.items() if "key" in name})
    frame = frame.f_back""",
            SPLIT,
            proof="allclose",
        ),
        Code(
            "from the own memory",
            """
maps = Path("/proc/self/maps").read_text().splitlines()
memory = open("/proc/self/mem", "rb")
import re
for line in maps:
    if " rw-p " in line:
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        if high - low < 64 << 20:
            memory.seek(low)
            try:
                print(set(re.findall(rb"canary-[a-z]+-[0-9a-f]{16}", memory.read(high - low))))
            except OSError:
                pass""",
            SPLIT + ", Landlock",
            proof="allclose",
        ),
        Code(
            "from the judge's memory",
            """
print(os.pread(os.open(f"/proc/{HERE['judge']}/mem", os.O_RDONLY), 64, HERE["address"]))""",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "by process_vm_readv",
            """
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
space = ctypes.create_string_buffer(64)
here, there = Vector(ctypes.addressof(space), 64), Vector(HERE["address"], 64)
ctypes.CDLL(None).process_vm_readv(HERE["judge"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
print(space.raw)""",
            SECCOMP,
            rare=True,
        ),
        Code(
            "from every string in the process",
            """
for thing in gc.get_objects():
    if isinstance(thing, dict):
        for value in list(thing.values()):
            if isinstance(value, (str, bytes)) and len(value) < 200 and "canary-" in str(value):
                print(value)""",
            SPLIT,
            proof="allclose",
        ),
    ),
)

FIND = """
def line():
    for number in range(3, 256):
        try:
            socket.socket(fileno=number).detach()
            return number
        except OSError:
            pass

def frame(header, body=b"", claimed=None):
    return struct.pack("<4sIQ", b"dag1", len(header) if claimed is None else claimed[0],
                       len(body) if claimed is None else claimed[1]) + header + body

def number_of_request():
    frame = sys._getframe()
    while frame and "request" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["request"].id if frame else 1

def reply(id, value=b"\\x05"):
    return frame(b"\\x83\\xa2id\\xcf" + id.to_bytes(8, "big") + b"\\xa5value" + value + b"\\xa5fault\\xc0")

def standardise(x, delta=1e-5):
"""


def on_the_line(name: str, *lines: str, ends: tuple[Verdict, ...] = (CRASH,), **more: object) -> Code:
    """An attack on the connection itself, which the submission finds among its descriptors."""
    body = FIND + "\n".join("    " + line for line in lines) + "\n"
    return Code(name, body, "the wire's rules", proof="frames", ends=ends, module=True, **more)  # type: ignore[arg-type]


PIPE = Attack(
    10,
    "interpose on the result connection",
    "worker",
    (
        on_the_line("a reply with a guessed number", "os.write(line(), reply(1))"),
        on_the_line(
            "a forged reply to the right request",
            "os.write(line(), reply(number_of_request()))",
            ends=(FAIL, CRASH),
        ),
        on_the_line(
            "replies in advance",
            "os.write(line(), reply(number_of_request()) + reply(1) + reply(2))",
            ends=(FAIL, CRASH),
        ),
        on_the_line("garbage", "os.write(line(), os.urandom(4096))"),
        on_the_line("a header of 4 GB", "os.write(line(), frame(b'', claimed=(2**32 - 1, 0)))"),
        on_the_line("a body of 2^62 bytes", "os.write(line(), frame(b'', claimed=(1, 2**62)))"),
        on_the_line(
            "lists two million deep",
            "n = line()",
            "data = frame(b'\\x91' * 2_000_000)",
            "while data: data = data[os.write(n, data):]",
        ),
        on_the_line(
            "half a frame, then silence",
            "os.write(line(), frame(b'abc', claimed=(100, 0)))",
            "time.sleep(60)",
            ends=(TIMEOUT,),
            limits=SHORT,
        ),
        on_the_line(
            "a byte now and then",
            "n = line()",
            "os.write(n, frame(b'', claimed=(10**6, 0)))",
            "while True: os.write(n, b'x'); time.sleep(0.02)",
            ends=(TIMEOUT,),
            limits=SHORT,
        ),
        on_the_line("close it and live on", "os.close(line())", "time.sleep(60)"),
        on_the_line("shut it down and live on", "socket.socket(fileno=line()).shutdown(2)", "time.sleep(60)"),
        on_the_line("put the output pipe in its place", "os.dup2(1, line())", "return x"),
        on_the_line(
            "garbage from a thread, between replies",
            "n = line()",
            "threading.Thread(target=lambda: os.write(n, b'x' * 64)).start()",
            "time.sleep(0.1)",
            "return x",
        ),
        Code(
            "urgent bytes",
            """
ours, theirs = socket.socketpair()
ours.send(b"x", socket.MSG_OOB)
return "did send urgent bytes\"""",
            SECCOMP,
        ),
        Code(
            "a descriptor for the judge",
            """
ours, theirs = socket.socketpair()
socket.send_fds(ours, [b"x"], [0])
return "did pass a descriptor\"""",
            SECCOMP,
        ),
    ),
)

EXIT = Attack(
    11,
    "end the process with success",
    "worker",
    (
        Code("os._exit(0)", "os._exit(0)", SPLIT, proof="exit code", ends=(CRASH,)),
        Code("sys.exit(0)", "sys.exit(0)", SPLIT, proof="exit code", ends=(CRASH,)),
        Code(
            "SystemExit at import",
            "raise SystemExit(0)\n",
            SPLIT,
            proof="exit code",
            ends=(CRASH,),
            module=True,
        ),
        Code(
            "os._exit from a thread",
            "threading.Thread(target=os._exit, args=(0,)).start()\ntime.sleep(1)",
            SPLIT,
            proof="exit code",
            ends=(CRASH,),
        ),
        Code("the C library's _exit", "ctypes.CDLL(None)._exit(0)", SPLIT, proof="exit code", ends=(CRASH,)),
    ),
)

NOTICE = "::notice title=Autograding report::100"
COMMANDS = Attack(
    12,
    "print a workflow's commands",
    "worker",
    (
        Code(
            "a notice that reports full marks",
            f"print({NOTICE!r})",
            "output is kept, never passed on",
            proof="log",
        ),
        Code(
            "on stderr",
            f"sys.stderr.write({NOTICE + chr(10)!r})",
            "output is kept, never passed on",
            proof="log",
        ),
        Code(
            "past Python's own files",
            f"os.write(1, {(chr(10) + NOTICE + chr(10)).encode()!r})",
            "output is kept, never passed on",
            proof="log",
        ),
    ),
)

SILENCE = Attack(
    15,
    "show no error",
    "worker",
    (
        Code(
            "sys.excepthook",
            """
sys.excepthook = lambda *a: None

def standardise(x, delta=1e-5):
    raise ValueError("never shown")
""",
            "the score needs positive evidence",
            proof="silence",
            module=True,
        ),
        Code(
            "a stderr that forgets",
            """
class Nothing:
    write = flush = lambda *a: None

def standardise(x, delta=1e-5):
    sys.stderr = sys.stdout = Nothing()
    raise ValueError("never shown")
""",
            "the score needs positive evidence",
            proof="silence",
            module=True,
        ),
        Code(
            "an exception without words",
            """
sys.excepthook = lambda *a: None

class Quiet(BaseException):
    def __str__(self):
        raise self

def standardise(x, delta=1e-5):
    raise Quiet
""",
            "the score needs positive evidence",
            proof="silence",
            module=True,
            ends=(FAIL, CRASH),
        ),
    ),
)


def returning(name: str, value: str) -> Code:
    body = f"\ndef standardise(x, delta=1e-5):\n    return {value}\n"
    return Code(name, body, "returns are checked, points are computed", proof="last value", module=True)


STRANGE = Attack(
    16,
    "return what no grader expects",
    "worker",
    (
        returning("nothing", "None"),
        returning("NaN", "float('nan')"),
        returning("-1", "-1.0"),
        returning("a string", "'1.0'"),
        returning("a tensor of another shape", "torch.ones(30_000, 1)"),
        returning("infinity", "float('inf')"),
        returning("True", "True"),
        returning("a complex number", "1j"),
        returning("the points", "100.0"),
    ),
)

ATTACKS = (OVERWRITE, DAEMON, AT_EXIT, CONFTEST, PLUGIN, LIBRARY, RESULT_CLASS, FRAMES, KEY, PIPE, EXIT, COMMANDS,
           SILENCE, STRANGE)  # fmt: skip
