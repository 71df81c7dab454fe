"""F and G. Persistence, network and secrets: 53, 55, 57 to 59, as far as a submission can try."""

from autograder.records import Verdict
from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, SPLIT = "Landlock", "seccomp", "judge/worker split"
FAIL = Verdict.FAIL

CACHES = Attack(
    53,
    "poison a cache for those who follow",
    "worker",
    (
        Code(
            "torch's cache", 'Path(HERE["home"], ".cache/torch/hub.py").write_text("import evil")', LANDLOCK
        ),
        Code("pip's settings", 'Path(HERE["home"], ".pip.conf").write_text("[global]")', LANDLOCK),
        Code("/dev/shm", 'Path(f"/dev/shm/{HERE[\'name\']}-cache").write_text("x")', LANDLOCK),
        Code(
            "bytecode beside the own source",
            """
import py_compile
Path(__file__).with_name("__pycache__").mkdir(exist_ok=True)
return "did make " + py_compile.compile(__file__)""",
            LANDLOCK,
        ),
        Code(
            "torch's own cache folder",
            """
os.environ["TORCH_HOME"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = HERE["home"] + "/cache"
os.makedirs(torch.hub.get_dir())""",
            LANDLOCK,
        ),
        Code(
            "a key in the kernel's keyring",
            """
number = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
key = ctypes.CDLL(None, use_errno=True).syscall(number, b"user", HERE["name"].encode(), b"x", 1, -3)
assert key >= 0
return "did keep a key\"""",
            SECCOMP,
            rare=True,
        ),
        Code(
            "a message queue",
            """
number, remove = {"x86_64": (240, 241), "aarch64": (180, 181)}[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(number, HERE["name"].encode(), os.O_CREAT | os.O_RDWR, 0o600, None) >= 0
libc.syscall(remove, HERE["name"].encode())
return "did make a queue\"""",
            SECCOMP,
            rare=True,
        ),
        Code(
            "a lock that others wait for",
            """
fcntl.flock(os.open(__file__, os.O_RDONLY), fcntl.LOCK_EX)
return "did lock\"""",
            SECCOMP,
            only="seccomp",
        ),
    ),
)

INSTALL = Attack(
    55,
    "have a package installed",
    "worker",
    (
        Code(
            "a build of its own",
            """
subprocess.run([sys.executable, "-I", "-S", "-c", "import sys"], check=True)
return "did run a build\"""",
            SECCOMP,
            wait_s=1,
            limits={"call_wall_s": 5.0, "call_cpu_s": 3.0},
        ),
        Code(
            "a program in the place of this one",
            'os.execv("/bin/sh", ["sh", "-c", "echo did run a program"])',
            SECCOMP,
        ),
        Code(
            "a program from a file of one's own",
            """
place = os.open("/bin/true", os.O_RDONLY)
os.execve(place, ["true"], {})""",
            SECCOMP + ", Landlock",
            ends=(FAIL,),
            rare=True,
        ),
        Code(
            "a shared library of one's own",
            """
ctypes.CDLL(HERE["folder"] + "/results/results.json")""",
            LANDLOCK,
            rare=True,
        ),
    ),
)

SECRETS = Attack(
    57,
    "secrets of the same job",
    "worker",
    (
        Code(
            "the judge's environment in /proc",
            "print(Path(f\"/proc/{HERE['judge']}/environ\").read_bytes())",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "the environment here",
            'print(os.environ.get(HERE["environment"]))',
            "a zygote of its own",
            proof="allclose",
        ),
        Code("files of the course key", 'print("did list", os.listdir(Path(HERE["home"])))', LANDLOCK),
        Code(
            "what the parents keep",
            """
parent = os.getppid()
print(Path(f"/proc/{parent}/environ").read_bytes())
print("did read", Path(f"/proc/{parent}/cmdline").read_bytes())""",
            LANDLOCK,
        ),
    ),
)


def reach(name: str, body: str, held_by: str = SECCOMP, **more: object) -> Code:
    return Code(name, body, held_by, **more)  # type: ignore[arg-type]


NETWORK = Attack(
    58,
    "reach the network",
    "worker",
    (
        reach("TCP", 'socket.create_connection(("127.0.0.1", HERE["tcp"]), timeout=1).sendall(b"shell")'),
        reach(
            "UDP", 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", HERE["udp"]))'
        ),
        reach(
            "TCP without blocking",
            """
line = socket.socket()
line.setblocking(False)
line.connect_ex(("127.0.0.1", HERE["tcp"]))
select.select([], [line], [], 1)""",
            SECCOMP,
        ),
        reach(
            "IPv6 to an IPv4 address",
            """
socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", HERE["tcp"]))""",
            rare=True,
        ),
        reach("a socket with a path", 'socket.socket(socket.AF_UNIX).connect(HERE["stream"])'),
        reach(
            "datagrams to a path",
            'socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", HERE["datagram"])',
        ),
        reach("an abstract socket", 'socket.socket(socket.AF_UNIX).connect("\\0" + HERE["abstract"])'),
        reach(
            "datagrams from a pair",
            """
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
ours.sendto(b"x", HERE["datagram"])""",
            only="seccomp",
        ),
        reach(
            "http.client",
            """
import http.client
http.client.HTTPConnection("127.0.0.1", HERE["tcp"], timeout=0.2).request("GET", "/latest/meta-data")""",
        ),
        reach(
            "asyncio",
            """
import asyncio
async def go():
    _, writer = await asyncio.open_connection("127.0.0.1", HERE["tcp"])
    writer.close()
asyncio.run(go())""",
        ),
        reach("listen", 'socket.create_server(("127.0.0.1", 0))\nreturn "did listen"'),
        reach("netlink", 'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\nreturn "did open netlink"'),
        reach(
            "vsock", 'socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)\nreturn "did open vsock"', rare=True
        ),
        reach(
            "raw packets",
            'socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nreturn "did open raw"',
            rare=True,
        ),
        reach(
            "io_uring",
            """
assert ctypes.CDLL(None, use_errno=True).syscall(425, 1, bytes(120)) >= 0
return "did set up io_uring\"""",
            rare=True,
        ),
        reach(
            "sendto on the grader's own connection",
            """
for number in range(3, 256):
    try:
        line = socket.socket(fileno=number)
        break
    except OSError:
        pass
else:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if line.type == socket.SOCK_STREAM:
    line.detach()
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.sendto(b"x", HERE["datagram"])""",
        ),
        reach(
            "the 32-bit calling convention",
            """
code = b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"  # getpid by int 0x80
assert os.uname().machine == "x86_64"
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print("did pass the filter by")""",
            ends=(Verdict.CRASH, FAIL),
            rare=True,
        ),
    ),
)

TOUCH = "(os.system, ('echo 100 > ' + HERE['results'],))"


def pickled(name: str, body: str) -> Code:
    return Code(name, body, "only plain data crosses, never pickle", proof="pickle", module=True)


PICKLE = Attack(
    59,
    "code in what is returned",
    "worker",
    (
        pickled(
            "__reduce__",
            f"""
class Evil:
    def __reduce__(self):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return Evil()
""",
        ),
        pickled(
            "a dictionary's subclass",
            f"""
class Evil(dict):
    def __reduce_ex__(self, protocol):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return Evil(a=1)
""",
        ),
        pickled(
            "a string's subclass",
            f"""
class Evil(str):
    def __reduce_ex__(self, protocol):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return Evil("right")
""",
        ),
        pickled(
            "a tensor's subclass",
            f"""
class Evil(torch.Tensor):
    def __reduce_ex__(self, protocol):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return torch.zeros(2).as_subclass(Evil)
""",
        ),
        pickled(
            "inside a list inside a tuple",
            f"""
class Evil(float):
    def __reduce__(self):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return ([Evil(1.0)],)
""",
        ),
        pickled(
            "a property of a returned object",
            f"""
class Evil:
    def __getattribute__(self, name):
        if name == "__reduce_ex__":
            return lambda protocol: {TOUCH}
        return object.__getattribute__(self, name)

def standardise(x, delta=1e-5):
    return Evil()
""",
        ),
        pickled(
            "an exception's argument",
            f"""
class Evil:
    def __reduce__(self):
        return {TOUCH}

def standardise(x, delta=1e-5):
    return ValueError(Evil())
""",
        ),
    ),
)

ATTACKS = (CACHES, INSTALL, SECRETS, NETWORK, PICKLE)
