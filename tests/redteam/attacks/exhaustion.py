"""E. Memory, disk, output and result bombs: 47 to 50, as far as a submission can try."""

from autograder.records import Verdict
from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, RLIMITS, WIRE = "Landlock", "seccomp", "rlimits", "the wire's caps"
CRASH, FAIL, MEMORY, TIMEOUT = Verdict.CRASH, Verdict.FAIL, Verdict.MEMORY, Verdict.TIMEOUT
TOO_MUCH = 400 << 20  # bytes: more than the budget of a worker here


def memory(name: str, body: str, held_by: str = RLIMITS, only: str = "") -> Code:
    return Code(name, body.format(n=TOO_MUCH) + '\nreturn "did take memory"', held_by, only=only,
                limits={"call_cpu_s": 3.0})  # fmt: skip


BALLOON = Attack(
    47,
    "memory balloon",
    "worker",
    (
        memory("bytes", "taken = bytearray({n})", only="rlimits"),
        memory("a tensor", "taken = torch.zeros({n}, dtype=torch.uint8)"),
        memory("shared memory", "taken = mmap.mmap(-1, {n})", SECCOMP + ", rlimits"),
        memory("private memory", "taken = mmap.mmap(-1, {n}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)"),
        memory("many small pieces", "taken = [bytes(1 << 16) for _ in range({n} >> 16)]"),
        memory(
            "a file in memory",
            "place = os.memfd_create('x')\nos.ftruncate(place, {n})\ntaken = mmap.mmap(place, {n})",
            SECCOMP + ", rlimits",
        ),
        memory(
            "by the C library",
            "libc = ctypes.CDLL(None)\nlibc.malloc.restype = ctypes.c_void_p\nassert libc.malloc({n})",
        ),
        memory(
            "by raising the own limit first",
            "resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)\ntaken = bytearray({n})",
            "rlimits",
        ),
        Code(
            "memory that cannot be swapped",
            """
page = mmap.mmap(-1, 1 << 16, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
place = ctypes.addressof(ctypes.c_char.from_buffer(page))
assert ctypes.CDLL(None, use_errno=True).mlock(ctypes.c_void_p(place), 1 << 16) == 0
return "did lock memory\"""",
            "uid: no capability is left",
            only="uid",
        ),
        memory(
            "System V shared memory",
            """
number = {{"x86_64": 29, "aarch64": 194}}[os.uname().machine]
made = ctypes.CDLL(None, use_errno=True).syscall(number, 0, {n}, 0o1600)
assert made >= 0
control = {{"x86_64": 31, "aarch64": 195}}[os.uname().machine]
ctypes.CDLL(None).syscall(control, made, 0, 0)""",
            SECCOMP,
        ),
    ),
)

DISK = Attack(
    48,
    "fill the disk",
    "worker",
    (
        Code("/tmp", "Path(f\"/tmp/{HERE['name']}-x\").write_bytes(bytes(1 << 20))", LANDLOCK),
        Code("/dev/shm", "Path(f\"/dev/shm/{HERE['name']}-x\").write_bytes(bytes(1 << 20))", LANDLOCK),
        Code("/var/tmp", "Path(f\"/var/tmp/{HERE['name']}-x\").write_bytes(bytes(1 << 20))", LANDLOCK),
        Code(
            "a file full of holes",
            """
with open(f"/tmp/{HERE['name']}-x", "wb") as file:
    file.truncate(1 << 40)""",
            LANDLOCK,
        ),
        Code(
            "many folders",
            """
for n in range(50):
    os.mkdir(f"{HERE['folder']}/{n}")""",
            LANDLOCK,
        ),
        Code(
            "a file without a name",
            'os.open(HERE["folder"], os.O_TMPFILE | os.O_WRONLY)\nreturn "did make a file"',
            LANDLOCK,
        ),
        Code(
            "beside the own source",
            'Path(__file__).with_name("more.bin").write_bytes(bytes(1 << 20))\nreturn "did write"',
            LANDLOCK,
        ),
        Code("a pipe with a name", 'os.mkfifo(HERE["folder"] + "/pipe")', LANDLOCK),
        Code(
            "a core dump",
            """
resource.setrlimit(resource.RLIMIT_CORE, (1 << 20,) * 2)
return "did ask for core dumps\"""",
            RLIMITS,
            only="rlimits",
        ),
        Code("a file in memory", "os.memfd_create('x')\nreturn 'did make a file'", SECCOMP),
    ),
)


def flood(name: str, body: str, *ends: Verdict) -> Code:
    return Code(name, body, "64 KB are kept, 4 MB end the worker", proof="allclose", ends=ends or (CRASH,))


FLOOD = Attack(
    49,
    "output flood",
    "worker",
    (
        flood("lines", "while True:\n    print('x' * 10_000)"),
        flood("one line", "print('x' * (64 << 20))"),
        flood("stderr", "while True:\n    sys.stderr.write('x' * 10_000)"),
        flood("past Python's own files", "while True:\n    os.write(1, b'x' * 65_536)"),
        flood(
            "warnings",
            "import warnings\nwarnings.simplefilter('always')\nwhile True:\n    warnings.warn('x' * 10_000)",
        ),
        flood(
            "from a thread, while answering",
            """
def shout():
    while True:
        os.write(2, b"x" * 65_536)
threading.Thread(target=shout, daemon=True).start()
time.sleep(60)""",
        ),
        flood("an exception of 60 MB", "print('x' * (5 << 20))\nraise ValueError('x' * (60 << 20))"),
    ),
)


def result(name: str, value: str, *ends: Verdict, before: str = "") -> Code:
    body = f"\ndef standardise(x, delta=1e-5):\n    {before}\n    return {value}\n"
    return Code(name, body, WIRE, proof="pickle", ends=ends or (FAIL, CRASH, MEMORY, TIMEOUT), module=True,
                limits={"call_cpu_s": 0.6, "memory_mb": 1024})  # fmt: skip


BOMBS = Attack(
    50,
    "result bombs",
    "worker",
    (
        result("a list of a million", "list(range(10 ** 6))"),
        result(
            "lists ten thousand deep",
            "nest",
            FAIL,
            before="nest = []\n    for _ in range(20_000): nest = [nest]",
        ),
        result(
            "a list of itself, many times",
            "nest",
            FAIL,
            CRASH,
            MEMORY,
            TIMEOUT,
            before="nest = [0] * 50\n    for _ in range(4): nest = [nest] * 50",
        ),
        result("a tensor of 2^40 that is one number", "torch.ones(1).expand(2 ** 40)"),
        result("a string of 8 MB", "'x' * (8 << 20)"),
        result("a string of 7 MB", "'x' * (7 << 20)"),
        result("a dictionary of 300 000", "{str(n): n for n in range(300_000)}"),
        result("a number of a million digits", "10 ** 1_000_000"),
        result("70 MB of numbers", "torch.zeros(70 << 18)"),
        result("a broadcast bomb", "torch.zeros(30_000, 1, dtype=torch.float64).expand(30_000, 30_000)"),
        result(
            "200 000 empty tensors", "[torch.zeros(0)] * 199_990", CRASH, TIMEOUT, FAIL
        ),  # by the machine's speed
        result("a name of a million letters", "type('x' * 10 ** 6, (), {})()", before="'too long'"),
    ),
)

ATTACKS = (BALLOON, DISK, FLOOD, BOMBS)
