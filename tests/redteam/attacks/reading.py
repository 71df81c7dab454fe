"""B. Reading what is not the student's: 18, 19, 23, 24, 25, as far as a submission can try."""

from autograder.redteam.attack import Attack, Code

LANDLOCK, SECCOMP, SPLIT = "Landlock", "seccomp", "judge/worker split"

TESTS = Attack(
    18,
    "read the tests on disk",
    "worker",
    (
        Code("open", 'print(Path(HERE["hidden"]).read_text())', LANDLOCK, only="landlock"),
        Code("list the folder", 'print("did list", os.listdir(Path(HERE["hidden"]).parent))', LANDLOCK),
        Code(
            "map it into memory",
            """
with open(HERE["hidden"]) as file:
    print(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)[:])""",
            LANDLOCK,
        ),
        Code(
            "send it from file to pipe in the kernel",
            """
os.sendfile(1, os.open(HERE["hidden"], os.O_RDONLY), 0, 1000)""",
            LANDLOCK,
        ),
        Code(
            "import it",
            """
sys.path.insert(0, str(Path(HERE["hidden"]).parent))
import test_hidden
print(test_hidden.SECRET)""",
            LANDLOCK,
        ),
        Code(
            "through the judge's folder in /proc",
            """
print(Path(f"/proc/{HERE['judge']}/root{HERE['hidden']}").read_text())""",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "from what the judge holds open",
            """
for entry in Path(f"/proc/{HERE['judge']}/fd").iterdir():
    print("did find", os.readlink(entry))
    break""",
            LANDLOCK,
            rare=True,
        ),
        Code(
            "a path without reading, then reopen",
            """
place = os.open(HERE["hidden"], os.O_PATH)
print(Path(f"/proc/self/fd/{place}").read_text())""",
            LANDLOCK,
        ),
        Code(
            "through a link of one's own",
            """
os.symlink(HERE["hidden"], HERE["folder"] + "/link")
print(Path(HERE["folder"], "link").read_text())""",
            LANDLOCK,
        ),
        Code(
            "the source of the judge's checks",
            """
print("did list", os.listdir(f"{HERE['course']}/solutions/a99_example/hidden"))""",
            LANDLOCK,
        ),
        Code(
            "what draws the hidden inputs, from a public check",
            """
for top in (Path(__file__).parent, Path(HERE["stage"])):
    for path in top.rglob("hidden/plays_fresh.py"):
        print(path.read_text())""",
            "a staged tree for each visibility, Landlock",
        ),
        Code(
            "whether a guessed path exists",
            'return "did find it" if os.path.exists(HERE["hidden"]) else x',
            "private root",
            only="namespace",
        ),
    ),
)

REFERENCE = Attack(
    19,
    "use the reference",
    "worker",
    (
        Code(
            "import it from the course's folder",
            """
sys.path.insert(0, HERE["course"])
for name in [name for name in sys.modules if name.split(".")[0] in ("solutions",)]:
    del sys.modules[name]
import solutions.a99_example.noising
return solutions.a99_example.noising.standardise(x)""",
            LANDLOCK,
        ),
        Code(
            "run its source",
            """
source = Path(HERE["course"], "solutions/a99_example/noising.py").read_text()
space = {}
exec(compile(source, "noising", "exec"), space)
return space["standardise"](x)""",
            LANDLOCK,
        ),
        Code(
            "linecache",
            """
import linecache
lines = linecache.getlines(f"{HERE['course']}/solutions/a99_example/noising.py")
print("did read", lines[0])""",
            LANDLOCK,
        ),
        Code(
            "inspect what the process has imported",
            """
for name, module in list(sys.modules.items()):
    if name.startswith("solution"):
        print("did read", inspect.getsource(module))""",
            SPLIT,
            proof="allclose",
        ),
        Code("another answer on disk", 'print(Path(HERE["solution"]).read_text())', LANDLOCK),
    ),
)

RECORD = Attack(
    23,
    "record hidden inputs and send them out",
    "worker",
    (
        Code(
            "by UDP",
            """
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.sendto(str(x.tolist()).encode(), ("127.0.0.1", HERE["udp"]))""",
            "seccomp",
            only="seccomp",
        ),
        Code("into a file", "Path(f\"/tmp/{HERE['name']}-inputs\").write_text(str(x.tolist()))", LANDLOCK),
        Code(
            "into the grader's folder",
            'Path("inputs.json").write_text(str(x.tolist()))\nprint("did record")',
            LANDLOCK,
            proof="allclose",
        ),
        Code(
            "by TCP",
            """
with socket.create_connection(("127.0.0.1", HERE["tcp"]), timeout=1) as line:
    line.sendall(str(x.tolist()).encode())""",
            "seccomp, Landlock",
        ),
    ),
)


def remembering(name: str, read: str, write: str, **more: object) -> Code:
    body = f"seen = {read}\nif seen is not None:\n    return seen\n{write}"
    return Code(name, body, "a new worker for each task and visibility", proof="two tests", **more)  # type: ignore[arg-type]


STATE = Attack(
    24,
    "carry hidden data from one test to the next",
    "worker",
    (
        remembering(
            "a builtin",
            "getattr(__import__('builtins'), 'seen', None)",
            "__import__('builtins').seen = x.clone()",
        ),
        remembering("an attribute of torch", "getattr(torch, 'seen', None)", "torch.seen = x.clone()"),
        remembering("a module that is none", "sys.modules.get('seen')", "sys.modules['seen'] = x.clone()"),
        remembering(
            "an environment variable",
            "torch.tensor(json.loads(os.environ['seen'])) if 'seen' in os.environ else None",
            "os.environ['seen'] = json.dumps(x.tolist())",
        ),
        remembering(
            "an attribute of the own function",
            "getattr(standardise, 'seen', None)",
            "standardise.seen = x.clone()",
        ),
    ),
)

OTHERS = Attack(
    25,
    "read another student's submission",
    "worker",
    (
        Code("open", 'print(Path(HERE["other"]).read_text())', LANDLOCK),
        Code("list the staged trees", 'print("did list", os.listdir(HERE["stage"]))', LANDLOCK),
        Code(
            "guess the name of a staged tree",
            """
for n in range(2_000):
    tree = Path(HERE["stage"], f"s{n}")
    if not str(Path(__file__)).startswith(str(tree) + "/"):
        for path in tree.rglob("*.py"):
            print("did read", path.read_text())
found = [entry for entry in os.scandir(HERE["stage"])]
print("did list", found)""",
            LANDLOCK,
        ),
        Code("the system's users", 'print("did read", Path("/etc/passwd").read_text())', LANDLOCK),
        Code(
            "what runs beside",
            """
for entry in Path("/proc").iterdir():
    if entry.name.isdigit() and int(entry.name) != os.getpid():
        print("did read", (entry / "cmdline").read_bytes())""",
            LANDLOCK,
        ),
        Code("which processes there are", "return f\"did find {os.getpgid(HERE['victim'])}\"", SECCOMP),
        Code(
            "how busy the judge is",
            """
return f"did read {time.clock_gettime((~HERE['judge'] << 3) | 2)}\"""",
            SECCOMP,
        ),
        Code("overwrite it", 'Path(HERE["other"]).write_text("x")', LANDLOCK),
    ),
)

ATTACKS = (TESTS, REFERENCE, RECORD, STATE, OTHERS)
