"""C. Patching and shadowing: 29, 30, 32 to 36, 38 and 39, as far as a submission can try."""

from autograder.records import Verdict
from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, SPLIT = "Landlock", "seccomp", "judge/worker split"
CRASH, FAIL, MEMORY = Verdict.CRASH, Verdict.FAIL, Verdict.MEMORY

COMPARE = Attack(
    29,
    "make the comparison agree",
    "worker",
    (
        Code("torch.allclose", "torch.allclose = lambda *a, **k: True\nreturn x", SPLIT, proof="allclose"),
        Code("torch.equal", "torch.equal = lambda *a, **k: True\nreturn x", SPLIT, proof="unittest"),
        Code(
            "Tensor.__eq__",
            "torch.Tensor.__eq__ = lambda *a: torch.tensor(True)\nreturn x",
            SPLIT,
            proof="equality",
        ),
        Code(
            "an object that equals everything",
            """
class Yes:
    def __eq__(self, other):
        return self
    def all(self):
        return True

def standardise(x, delta=1e-5):
    return Yes()
""",
            SPLIT,
            proof="equality",
            module=True,
        ),
        Code(
            "a tensor that answers for torch",
            """
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True if "close" in function.__name__ else torch.tensor(True)

def standardise(x, delta=1e-5):
    return torch.Tensor._make_subclass(Yes, torch.zeros(1))
""",
            SPLIT,
            proof="allclose",
            module=True,
            ends=(FAIL, CRASH),
        ),
        Code(
            "a difference of nothing",
            """
class Nothing(torch.Tensor):
    def __sub__(self, other):
        return torch.zeros(1)

def standardise(x, delta=1e-5):
    return torch.Tensor._make_subclass(Nothing, torch.zeros(1))
""",
            SPLIT,
            proof="difference",
            module=True,
        ),
        Code(
            "absolute values that vanish",
            """
torch.Tensor.abs = lambda self: torch.zeros(1)
return x""",
            SPLIT,
            proof="difference",
        ),
        Code(
            "the reference, changed into mine",
            """
if "solution" in sys.modules:
    sys.modules["solution"].standardise = lambda x: x
return x""",
            SPLIT,
            proof="unittest",
        ),
    ),
)


def everywhere(name: str, value: str, proof: str = "difference", ends: tuple[Verdict, ...] = (FAIL,)) -> Code:
    body = f"\ndef standardise(x, delta=1e-5):\n    return {value}\n"
    return Code(
        name, body, "one comparator, for which NaN equals nothing", proof=proof, ends=ends, module=True
    )


NAN = Attack(
    30,
    "NaN as a wild card",
    "worker",
    (
        everywhere("everywhere", "torch.full_like(x, float('nan'))"),
        everywhere("of a negative number's root", "torch.sqrt(-x.abs() - 1)"),
        everywhere(
            "with a payload",
            "torch.full_like(x, 0).view(torch.int64 if x.itemsize == 8 else torch.int32)"
            ".sub(1).view(x.dtype)",
        ),
        everywhere("zero by zero", "(x - x) / (x - x)"),
        everywhere("as a complex number", "torch.complex(x * float('nan'), x)"),
        everywhere("infinity minus infinity", "x * float('inf') - x * float('inf')"),
    ),
)

RANDOM = Attack(
    32,
    "make randomness trivial",
    "worker",
    (
        Code(
            "torch.randn",
            "torch.randn = lambda *size, **k: torch.zeros(*size)\n\n"
            "def standardise(x, delta=1e-5):\n    return x\n",
            SPLIT,
            proof="statistics",
            module=True,
        ),
        Code(
            "torch.manual_seed and the generator",
            "torch.manual_seed = lambda *a: None\n"
            "torch.randn = lambda *size, generator=None, **k: torch.zeros(*size)\n\n"
            "def standardise(x, delta=1e-5):\n    return 0 * x\n",
            SPLIT,
            proof="allclose",
            module=True,
        ),
        Code(
            "Tensor.clone hands out what was shown",
            "torch.Tensor.clone = lambda self, **k: self\n"
            "torch.randn = lambda *size, **k: torch.full(size, -0.5)\n\n"
            "def standardise(x, delta=1e-5):\n    return 0 * x\n",
            SPLIT,
            proof="statistics",
            module=True,
        ),
    ),
)

FAKE = "\ndef standardise(x, delta=1e-5):\n    return x\n"
SHADOW = Attack(
    33,
    "shadow a module of the grader",
    "worker",
    (
        Code("solution.py", "return x", SPLIT, proof="allclose", more={"solution.py": FAKE}),
        Code(
            "a package called solution",
            FAKE,
            SPLIT,
            proof="allclose",
            module=True,
            more={"solution.py": "import sys\nfrom noising import standardise\n"},
        ),
        Code(
            "sys.modules",
            "sys.modules['solution'] = sys.modules[__name__]\n" + FAKE,
            SPLIT,
            proof="allclose",
            module=True,
        ),
        Code(
            "pytest's test file",
            "return x",
            SPLIT,
            proof="pytest",
            more={
                "conftest.py": "collect_ignore = ['test_noising.py']\n",
                "test_mine.py": "def test_mine():\n    pass\n",
            },
        ),
    ),
)

STARTUP = Attack(
    34,
    "run at the interpreter's start",
    "worker",
    (
        Code("a .pth file", 'Path(HERE["site"], "evil.pth").write_text("import evil\\n")', LANDLOCK),
        Code("sitecustomize.py", 'Path(HERE["site"], "sitecustomize.py").write_text("")', LANDLOCK),
        Code("a changed library", 'Path(HERE["site"], "library.py").write_text("import evil\\n")', LANDLOCK),
        Code(
            "PYTHONSTARTUP of a new interpreter",
            """
subprocess.run([sys.executable, "-c", "open('" + HERE["folder"] + "/started', 'w')"], check=True)""",
            SECCOMP + ", Landlock",
        ),
    ),
)

HOOKS = Attack(
    35,
    "swap modules by an import hook",
    "worker",
    (
        Code(
            "sys.meta_path",
            """
import importlib.abc, importlib.machinery
class Swap(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "solution" else None
    def exec_module(self, module):
        module.standardise = module.interpolate = lambda x, *a: x
sys.meta_path.insert(0, Swap())
"""
            + FAKE,
            SPLIT,
            proof="allclose",
            module=True,
        ),
        Code(
            "builtins.__import__",
            """
import builtins
before = builtins.__import__
def swap(name, *a, **k):
    return sys.modules[__name__] if name == "solution" else before(name, *a, **k)
builtins.__import__ = swap
"""
            + FAKE,
            SPLIT,
            proof="allclose",
            module=True,
        ),
        Code(
            "sys.path",
            """
import tempfile
fake = tempfile.mkdtemp()
Path(fake, "solution.py").write_text("def standardise(x, delta=1e-5):\\n    return x\\n")
sys.path.insert(0, fake)
"""
            + FAKE,
            SPLIT,
            proof="allclose",
            module=True,
        ),
    ),
)

DELEGATE = Attack(
    36,
    "delegate to the reference or to a library",
    "worker",
    (
        Code("import solution", "import solution\nreturn solution.standardise(x)", SPLIT, proof="allclose"),
        Code(
            "whatever module of the course there is",
            """
import importlib, pkgutil
for path in (HERE["course"], os.path.dirname(HERE["course"])):
    sys.path.insert(0, path)
for name in ("solutions.a99_example.noising", "solution"):
    for known in [known for known in sys.modules if known.split(".")[0] == name.split(".")[0]]:
        if known != "solution":
            del sys.modules[known]
    try:
        return importlib.import_module(name).standardise(x)
    except ImportError:
        pass""",
            LANDLOCK + ", " + SPLIT,
        ),
        Code(
            "a program that knows",
            """
code = f"print(open({HERE['course']!r} + '/solutions/a99_example/noising.py').read())"
print("did run", subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)""",
            SECCOMP + ", Landlock",
        ),
    ),
)

DETECT = Attack(
    38,
    "find out where it runs",
    "worker",
    (
        Code("the environment", "print(dict(os.environ))", "the environment is emptied", proof="allclose"),
        Code(
            "the environment that the process began with",
            'print(Path("/proc/self/environ").read_bytes())',
            "a zygote of its own, Landlock",
            proof="allclose",
        ),
        Code(
            "the judge's environment",
            """
print(Path(f"/proc/{HERE['judge']}/environ").read_bytes())""",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "the C library's copy of the environment",
            """
libc = ctypes.CDLL(None)
libc.getenv.restype = ctypes.c_char_p
print(libc.getenv(b"GRADER_SECRET"), libc.getenv(HERE["environment"].encode()))""",
            "a zygote of its own",
            proof="allclose",
        ),
    ),
)

DOWNLOAD = Attack(
    39,
    "fetch trained weights",
    "worker",
    (
        Code(
            "urllib",
            """
import urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{HERE['tcp']}/weights.pt", timeout=0.2)""",
            SECCOMP + ", Landlock",
        ),
        Code(
            "torch.hub",
            """
torch.hub.load_state_dict_from_url(f"http://127.0.0.1:{HERE['tcp']}/weights.pt", model_dir=HERE["home"], progress=False)
""",
            SECCOMP + ", Landlock",
            limits={"call_wall_s": 1.0},
            ends=(FAIL, Verdict.TIMEOUT),
        ),
        Code("from another student's folder", 'print(Path(HERE["other"]).read_bytes())', LANDLOCK),
    ),
)

ATTACKS = (COMPARE, NAN, RANDOM, SHADOW, STARTUP, HOOKS, DELEGATE, DETECT, DOWNLOAD)
