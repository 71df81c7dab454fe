"""D. Processes, signals and time: 40 to 46."""

from autograder.records import Verdict
from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, CLOCK = "Landlock", "seccomp", "the judge's clock"
CRASH, FAIL, MEMORY, TIMEOUT = Verdict.CRASH, Verdict.FAIL, Verdict.MEMORY, Verdict.TIMEOUT
SHORT = {"call_wall_s": 0.5}
LINGER = "time.sleep(30)\n    os._exit(0)"

FORK = Attack(
    40,
    "fork bomb, thread bomb",
    "worker",
    (
        Code(
            "fork",
            f"for _ in range(3):\n    if os.fork() == 0:\n        {LINGER.replace(chr(10), chr(10) + '    ')}",
            SECCOMP,
        ),
        Code("vfork and a program", 'subprocess.Popen(["/bin/sleep", "30"])', SECCOMP),
        Code(
            "clone that shares descriptors",
            f"""
number = {{"x86_64": 56, "aarch64": 220}}[os.uname().machine]
if ctypes.CDLL(None).syscall(number, 0x400 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
    {LINGER}""",
            SECCOMP,
        ),
        Code(
            "clone3",
            f"""
flags = struct.pack("=8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
if ctypes.CDLL(None).syscall(435, flags, 64) == 0:
    {LINGER}""",
            SECCOMP,
            rare=True,
        ),
        Code(
            "two thousand threads",
            """
threading.stack_size(1 << 15)
stop, count = threading.Event(), 0
try:
    for _ in range(2000):
        threading.Thread(target=stop.wait, daemon=True).start()
        count += 1
finally:
    stop.set()
    print("did start them all" if count == 2000 else f"started {count}")""",
            "rlimits",
            only="rlimits",
            ends=(FAIL, TIMEOUT),
            limits={"call_cpu_s": 2.0},
        ),
        Code(
            "a process pool",
            """
import concurrent.futures
with concurrent.futures.ProcessPoolExecutor(2) as pool:
    print("did compute", list(pool.map(abs, [1])))""",
            SECCOMP,
            limits=SHORT,
            ends=(FAIL, TIMEOUT),
        ),
    ),
)

QUEUED = 'struct.pack("iii", signal.SIGUSR1, 0, -1) + bytes(116)'
NUMBER = '{{"x86_64": {}, "aarch64": {}}}[os.uname().machine]'


def system_call(x86: int, arm: int, arguments: str) -> str:
    number = NUMBER.format(x86, arm)
    return f"assert ctypes.CDLL(None, use_errno=True).syscall({number}, {arguments}) >= 0"


KILL = Attack(
    41,
    "kill, trace or hamper the grader",
    "worker",
    (
        Code("SIGTERM", 'os.kill(HERE["victim"], signal.SIGTERM)', SECCOMP, wait_s=0.15),
        Code("SIGKILL", 'os.kill(HERE["victim"], signal.SIGKILL)', SECCOMP, wait_s=0.15),
        Code(
            "through a pidfd",
            'signal.pidfd_send_signal(os.pidfd_open(HERE["victim"]), signal.SIGUSR1)',
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "tgkill",
            system_call(234, 131, 'HERE["victim"], HERE["victim"], signal.SIGUSR1'),
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "sigqueue",
            system_call(129, 138, f'HERE["victim"], signal.SIGUSR1, {QUEUED}'),
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "SIGIO by F_SETOWN",
            """
ours, theirs = socket.socketpair()
fcntl.fcntl(ours, fcntl.F_SETOWN, HERE["victim"])
fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC)
theirs.send(b"x")""",
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "SIGIO by F_SETOWN_EX",
            """
ours, theirs = socket.socketpair()
fcntl.fcntl(ours, 15, struct.pack("ii", 1, HERE["victim"]))
fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC)
theirs.send(b"x")""",
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "ptrace",
            system_call(101, 117, '0x4206, HERE["victim"], 0, 0') + '\nreturn "did attach"',
            SECCOMP,
            rare=True,
        ),
        Code(
            "write its memory",
            """
memory = os.open(f"/proc/{HERE['victim']}/mem", os.O_RDWR)
return "did open its memory\"""",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "limit its files",
            'resource.prlimit(HERE["victim"], resource.RLIMIT_CORE, (0, 0))\n'
            'resource.prlimit(HERE["victim"], resource.RLIMIT_NOFILE, (10, 10))',
            SECCOMP,
            wait_s=0.1,
            rare=True,
        ),
        Code("slow it down", 'os.setpriority(os.PRIO_PROCESS, HERE["victim"], 15)', SECCOMP, wait_s=0.1),
        Code(
            "choose its processor",
            'os.sched_setaffinity(HERE["victim"], {0})',
            SECCOMP,
            wait_s=0.1,
            rare=True,
        ),
        Code("its group", "os.killpg(os.getpgid(HERE['victim']), signal.SIGURG)", SECCOMP, wait_s=0.15),
        Code(
            "a descriptor that stands for the peer of a connection",
            """
line, _ = socket.socketpair()
return f"did get {line.getsockopt(socket.SOL_SOCKET, 77, 4)}\"""",
            SECCOMP,
            rare=True,
        ),
        Code(
            "steal a descriptor of it",
            """
own = os.pidfd_open(HERE["victim"])
"""
            + system_call(438, 438, "own, 1, 0")
            + '\nreturn "did steal a descriptor"',
            SECCOMP,
            rare=True,
        ),
    ),
)

BUSY = "while True:\n    pass"
SIGNALS = Attack(
    42,
    "signals: stop others, ignore one's own",
    "worker",
    (
        Code("SIGSTOP", 'os.kill(HERE["victim"], signal.SIGSTOP)', SECCOMP, wait_s=0.15),
        Code(
            "SIGTSTP through a pidfd",
            'signal.pidfd_send_signal(os.pidfd_open(HERE["victim"]), signal.SIGSTOP)',
            SECCOMP,
            wait_s=0.15,
        ),
        Code(
            "ignore everything, loop",
            f"""
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
{BUSY}""",
            CLOCK,
            proof="alarm",
            ends=(TIMEOUT,),
        ),
        Code(
            "swallow every exception",
            f"""
while True:
    try:
        {BUSY.replace(chr(10), chr(10) + "        ")}
    except BaseException:
        pass""",
            CLOCK,
            proof="alarm",
            ends=(TIMEOUT,),
        ),
        Code("switch the alarm off", f"signal.alarm(0)\n{BUSY}", CLOCK, proof="alarm", ends=(TIMEOUT,)),
        Code(
            "another handler for the alarm",
            f"signal.signal(signal.SIGALRM, lambda *_: None)\n{BUSY}",
            CLOCK,
            proof="alarm",
            ends=(TIMEOUT,),
        ),
        Code(
            "a loop inside the interpreter",
            "import itertools\nmax(itertools.repeat(1))",
            CLOCK,
            proof="alarm",
            ends=(TIMEOUT,),
        ),
        Code(
            "a hash without end",
            "import hashlib\nhashlib.pbkdf2_hmac('sha256', b'', b'', 2 ** 31 - 1)",
            CLOCK,
            proof="alarm",
            ends=(TIMEOUT,),
        ),
        Code(
            "outlive the parent", system_call(157, 167, "1, 0, 0, 0, 0") + '\nreturn "did clear it"', SECCOMP
        ),
    ),
)

ORPHANS = Attack(
    43,
    "orphans that outlive the run",
    "worker",
    (
        Code(
            "setsid and two forks",
            """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 256)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(30)
    os._exit(0)
os.wait()""",
            SECCOMP,
        ),
        Code(
            "a process group of its own",
            """
if os.fork() == 0:
    os.setpgid(0, 0)
    time.sleep(30)
    os._exit(0)""",
            SECCOMP,
        ),
        Code("nohup", 'subprocess.Popen(["/usr/bin/nohup", "/bin/sleep", "30"])', SECCOMP),
        Code(
            "setsid, the program",
            'subprocess.Popen(["/usr/bin/setsid", "-f", "/bin/sleep", "30"])',
            SECCOMP,
            wait_s=0.15,
        ),
    ),
)


def stuck(name: str, body: str) -> Code:
    return Code(name, body, CLOCK, proof="allclose", ends=(TIMEOUT,), limits=SHORT)


DEADLOCK = Attack(
    44,
    "never answer",
    "worker",
    (
        stuck("sleep", "time.sleep(3600)"),
        stuck("wait for a lock twice", "lock = threading.Lock()\nlock.acquire()\nlock.acquire()"),
        stuck("wait for a descriptor", "ours, theirs = os.pipe()\nos.read(ours, 1)"),
        stuck("close the outputs and sleep", "os.close(1)\nos.close(2)\ntime.sleep(3600)"),
        stuck("stop oneself", "os.kill(os.getpid(), signal.SIGSTOP)"),
        stuck(
            "hold every thread",
            """
threads = [threading.Thread(target=time.sleep, args=(3600,)) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]""",
        ),
        stuck(
            "an exception whose text never ends",
            """
class Endless(BaseException):
    def __str__(self):
        time.sleep(3600)
raise Endless""",
        ),
    ),
)


TAKEN_OVER = """
from autograder.calls import wire
from autograder.isolation import worker

def standardise(x, delta=1e-5):
    frame = sys._getframe()
    while frame and "channel" not in frame.f_locals:
        frame = frame.f_back
    there = frame.f_locals if frame else {}

    def go_on():
        there["channel"].send(wire.dump(wire.Reply(there["request"].id, x)))
        worker._serve(there["channel"], there["order"])

    if there:
        threading.Thread(target=go_on).start()
    ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
"""


def falls(name: str, body: str, *ends: Verdict) -> Code:
    return Code(name, body, "a new worker takes over", proof="allclose", ends=ends or (CRASH,))


SEGFAULT = Attack(
    45,
    "crash to poison what follows",
    "worker",
    (
        falls("read address 0", "ctypes.string_at(0)"),
        falls("os.abort", "os.abort()"),
        falls(
            "recursion past the stack",
            """
sys.setrecursionlimit(10 ** 9)
def deeper(f):
    return f(f)
class Deep:
    def __getattr__(self, name):
        return getattr(self, name)
list.__repr__
nest = []
for _ in range(10 ** 5):
    nest = [nest]
repr(nest)""",
            CRASH,
            FAIL,
            MEMORY,
            TIMEOUT,
        ),
        Code(
            "end the first thread, go on in another",
            TAKEN_OVER,
            "a killed process is gone with all its threads",
            proof="exit code",
            ends=(FAIL, CRASH),
            module=True,
        ),
        falls("SIGKILL to oneself", "os.kill(os.getpid(), signal.SIGKILL)"),
        falls("SIGSEGV to oneself", "os.kill(os.getpid(), signal.SIGSEGV)"),
        falls("a wild write", "ctypes.memset(id(None) , 0xff, 64)\nreturn None"),
        falls(
            "a bad reference count",
            "ctypes.pythonapi.Py_DecRef.argtypes = [ctypes.py_object]\nvalue = [object()]\n"
            "for _ in range(50):\n    ctypes.pythonapi.Py_DecRef(value)\ngc.collect()\nos.abort()",
        ),
    ),
)


def source(name: str, text: str, *ends: Verdict, proof: str = "scan") -> Code:
    return Code(name, "#raw\n" + text, "a worker reads it", proof=proof, ends=ends or (FAIL,), module=True)


GOOD = "def standardise(x, delta=1e-5):\n    return x\n"
SOURCE = Attack(
    46,
    "source that hangs or breaks the reader",
    "worker",
    (
        source("NUL bytes", "x = 1\0\n" + GOOD),
        source("two hundred parentheses", "x = " + "(" * 300 + ")" * 300 + "\n" + GOOD),
        source("a hundred thousand signs", "x = " + "-" * 100_000 + "1\n" + GOOD, FAIL, CRASH, MEMORY),
        source("an encoding that is none", "# -*- coding: evil -*-\nx = '\udcff'\n" + GOOD),
        source("bytes that are no text", "x = '\udcff\udcfe'\n" + GOOD),
        source("a thousand nested lists", "x = " + "[" * 1000 + "]" * 1000 + "\n" + GOOD, FAIL, MEMORY),
        source("a long chain of attributes", "x = a" + ".a" * 100_000 + "\n" + GOOD, FAIL, CRASH, MEMORY),
        source("a loop at import", "while True:\n    pass\n", TIMEOUT, proof="allclose"),
        source("a power at import", "x = [9 ** 9 ** 9]\n" + GOOD, TIMEOUT, proof="allclose"),
    ),
)

ATTACKS = (FORK, KILL, SIGNALS, ORPHANS, DEADLOCK, SEGFAULT, SOURCE)
