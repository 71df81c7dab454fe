"""Slips in what is called and picked: a root left out, a mean for a sum, arguments exchanged, an index."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from ..sources.edits import Change
from .scope import Scope, number

FUNCTIONS = {
    "sqrt": "square root", "rsqrt": "square root", "square": "square", "exp": "exponential",
    "expm1": "exponential", "log": "logarithm", "log1p": "logarithm", "log2": "logarithm",
    "log10": "logarithm", "log_softmax": "softmax logsigmoid", "softmax": "softmax", "sigmoid": "sigmoid",
    "tanh": "tanh", "relu": "ReLU", "silu": "SiLU", "gelu": "GELU", "softplus": "softplus",
    "abs": "absolute value", "detach": "detach", "normalize": "unit length", "unit": "unit length",
    "cumsum": "running sum", "cumprod": "running product", "round": "rounding", "floor": "rounding",
    "ceil": "rounding", "sign": "sign", "flip": "turned order", "roll": "shift", "clamp": "bound",
    "clamp_": "bound", "clip": "bound", "max": "bound", "min": "bound", "double": "float64",
    "conj": "conjugate", "clone": "copy", "reversed": "turned order", "sorted": "order", "sort": "order",
    "tril": "triangle", "triu": "triangle", "pad": "padding", "layer_norm": "normalisation",
    "expand_as": "expansion", "transpose": "exchange of dimensions", "permute": "exchange of dimensions",
    "movedim": "exchange of dimensions", "nan_to_num": "guard against NaN", "fftshift": "shift",
    "ifftshift": "shift", "mean": "mean", "sum": "sum", "where": "case",
}  # fmt: skip
OTHERS = {
    "mean": "sum amax", "sum": "mean amax", "amax": "amin mean logsumexp", "amin": "amax",
    "sin": "cos", "cos": "sin",
    "any": "all sum", "all": "any", "log": "log2 log10 log1p", "log2": "log", "log10": "log log2",
    "log1p": "log",
    "exp": "expm1", "expm1": "exp", "floor": "round ceil", "round": "floor ceil", "ceil": "floor round",
    "repeat": "repeat_interleave", "repeat_interleave": "repeat", "square": "abs sqrt", "abs": "square relu",
    "sigmoid": "tanh relu exp", "tanh": "sigmoid relu", "silu": "relu gelu sigmoid", "relu": "silu gelu abs",
    "gelu": "silu relu", "softplus": "relu exp", "logsigmoid": "sigmoid log_softmax", "softmax": "sigmoid",
    "log_softmax": "softmax logsigmoid", "minimum": "maximum", "maximum": "minimum",
    "min": "max", "max": "min",
    "argmin": "argmax", "argmax": "argmin", "mse_loss": "l1_loss smooth_l1_loss", "l1_loss": "mse_loss",
    "huber_loss": "mse_loss", "smooth_l1_loss": "mse_loss", "zeros_like": "ones_like",
    "ones_like": "zeros_like", "zeros": "ones", "ones": "zeros", "new_zeros": "new_ones",
    "new_ones": "new_zeros", "randn": "rand", "rand": "randn", "randn_like": "rand_like",
    "rand_like": "randn_like", "hann_window": "hamming_window ones", "var": "std", "std": "var",
    "var_mean": "std_mean", "std_mean": "var_mean", "triu": "tril", "tril": "triu", "cumsum": "cumprod",
    "cumprod": "cumsum", "logsumexp": "amax mean sum", "sqrt": "square rsqrt log", "rsqrt": "sqrt reciprocal",
    "atan": "tan", "atan2": "atan", "sinh": "cosh", "cosh": "sinh", "prod": "sum", "median": "mean",
    "rfft": "ihfft", "fft": "ifft", "ifft": "fft", "fft2": "ifft2", "ifft2": "fft2", "add_": "sub_",
    "mul_": "div_", "linspace": "logspace", "logaddexp": "maximum", "erf": "tanh", "inv": "pinv",
    "train": "eval", "eval": "train", "acos": "asin", "asin": "acos", "gather": "take_along_dim",
}  # fmt: skip
LIBRARIES = ("torch", "math", "F", "nn", "np", "special", "functional")


def calls(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what may go wrong in a call."""
    if not isinstance(node, ast.Call):
        return
    function, given = node.func, node.args
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    method = _is_method(function)
    inside = getattr(function, "value", None) if method else given[0] if given else None
    if name == "where" and len(given) == 3:
        for taken in given[1:]:
            yield f"{scope.part('case', given[0])} is not told apart", taken
    elif name in FUNCTIONS and inside is not None:
        what = FUNCTIONS[name]
        yield f"{'an' if what[0] in 'aeio' else 'a'} {what} is missing{scope.near(inside)}", inside
    elif isinstance(function, ast.Attribute) and function.attr in scope.parts and given:
        yield f"{scope.this(function)} is not applied", given[0]
    elif name in ("ones_like", "zeros_like"):
        pass
    elif isinstance(function, ast.Name) and given and name in scope.arguments | scope.given:
        yield f"`{name}` is not called{scope.near(given[0])}", given[0]
    elif inside is not None:
        yield f"a step is left out{scope.near(inside)}", inside
    for other in OTHERS.get(name, "").split():
        place = (
            ast.Attribute(function.value, other, ast.Load())
            if isinstance(function, ast.Attribute)
            else ast.Name(other, ast.Load())
        )
        yield f"{other} stands where {name} belongs", ast.Call(place, given, node.keywords)
        if node.keywords:
            yield f"{other} stands where {name} belongs", ast.Call(place, given, [])
    yield from _special(node, name, inside, scope)
    yield from _nested(node, inside, scope)
    yield from _given(node, scope)
    if name in ("rearrange", "permute", "movedim", "transpose") and inside is not None:
        shape = ast.Attribute(node, "shape", ast.Load())
        whole = ast.Call(ast.Attribute(inside, "reshape", ast.Load()), [shape], [])
        yield "a reshape stands where dimensions must be permuted", whole


def _special(node: ast.Call, name: str, inside: ast.expr | None, scope: Scope) -> Iterator[Change]:
    """Yield what goes wrong in one kind of call alone."""
    if name == "len" and node.args:
        for size in ("numel()", "shape[-1]", "shape[1]"):
            yield "the size along another dimension is taken", f"({ast.unparse(node.args[0])}).{size}"
    if name in ("ones_like", "zeros_like") and node.args:
        yield f"{scope.this(node.args[0])} stands where {name[:-5]} belong", node.args[0]
    if name == "square" and isinstance(inside, ast.BinOp) and isinstance(inside.op, ast.Add | ast.Sub):
        squared = ast.parse(f"({ast.unparse(inside.left)}) ** 2", mode="eval").body
        yield "the square acts on one of two terms alone", ast.BinOp(squared, inside.op, inside.right)
    if name in ("new_ones", "new_zeros") and isinstance(node.func, ast.Attribute):
        yield f"what stands first is the first value{scope.near(node)}", f"{ast.unparse(node.func.value)}[:1]"
    said = {one.arg for one in node.keywords}
    if name in ("var", "std", "var_mean", "std_mean") and "correction" not in said:
        zero = ast.keyword("correction", ast.Constant(0))
        yield "it is divided by n, not n - 1", ast.Call(node.func, node.args, [*node.keywords, zero])
    if name in ("long", "int", "floor") and inside is not None:
        for word, says in (("round", "to the nearest, not down"), ("ceil", "the other way")):
            yield f"it is rounded {says}", f"torch.as_tensor({ast.unparse(inside)}).{word}().long()"
    if name in ("cat", "concatenate") and node.args:
        parts = ast.unparse(node.args[0])
        says = "parts take turns that should stand one after the other"
        yield says, f"torch.stack(list({parts}), -1).flatten(-2)"
        yield "parts stand in the other order", f"torch.cat(list({parts})[::-1], -1)"
    if name in ("linspace", "arange") and len(node.args) > 1:
        first, last, *n = map(ast.unparse, node.args)
        words = "".join(f", {ast.unparse(word)}" for word in node.keywords)
        if n:
            for points, cut in (
                (f"({n[0]}) + 1", "[:-1]"),
                (f"({n[0]}) + 1", "[1:]"),
                (f"({n[0]}) + 2", "[1:-1]"),
            ):
                says = f"an end of the points between {first} and {last} is left out"
                yield (
                    says if not re.search("[a-z]", first + last) else "an end of the points is left out",
                    (f"torch.linspace({first}, {last}, {points}{words}){cut}"),
                )
    if name == "flatten" and isinstance(inside, ast.Call) and getattr(inside.func, "attr", "") == "stack":
        parts = ast.unparse(inside.args[0]) if inside.args else "()"
        yield "parts stand one after the other that should take turns", f"torch.cat(list({parts}), -1)"


def _nested(node: ast.Call, inside: ast.expr | None, scope: Scope) -> Iterator[Change]:
    """Yield two calls nested the other way round, and what is put in added to what comes out."""
    if isinstance(inside, ast.Name):
        yield f"{scope.this(inside)} is added to what is made of it", ast.BinOp(inside, ast.Add(), node)
    inner = inside.func if isinstance(inside, ast.Call) else None
    if not isinstance(inside, ast.Call) or (not _is_method(inside.func) and not inside.args):
        return
    core = inner.value if isinstance(inner, ast.Attribute) and _is_method(inner) else inside.args[0]
    yield "two steps are in the other order", _around(inside, _around(node, core))


def _around(call: ast.Call, inside: ast.expr) -> ast.Call:
    """Return a call with something else in it."""
    function = call.func
    if isinstance(function, ast.Attribute) and _is_method(function):
        return ast.Call(ast.Attribute(inside, function.attr, ast.Load()), call.args, call.keywords)
    return ast.Call(function, [inside, *call.args[1:]], call.keywords)


def _given(node: ast.Call, scope: Scope) -> Iterator[Change]:
    """Yield a call with its arguments exchanged or left out."""
    function, given = node.func, node.args
    for i, j in itertools.combinations(range(min(len(given), 4)), 2):
        moved = list(given)
        moved[i], moved[j] = given[j], given[i]
        if not any(isinstance(one, ast.Starred) for one in given):
            pair = [name for name in (scope.this(given[i]), scope.this(given[j])) if name != "a value"]
            who = " and ".join(pair) if len(set(pair)) == 2 else "two arguments of a call"
            yield f"{who} have changed places", ast.Call(function, moved, node.keywords)
    for word in node.keywords if len(node.keywords) + len(given) > 0 else []:
        rest = [other for other in node.keywords if other is not word]
        if word.arg in scope.arguments:
            yield f"`{word.arg}` is not passed on", ast.Call(function, given, rest)
        elif word.arg == "dtype":
            yield "one dtype is not said, which gives float32", ast.Call(function, given, rest)
        elif word.arg:
            yield f"`{word.arg}` of a call is left at its default", ast.Call(function, given, rest)
    if len(given) > 1:
        last = given[-1]
        says = f"{scope.this(last)} is not passed on" if scope.used(last) else "an argument is not passed on"
        yield says, ast.Call(function, given[:-1], node.keywords)


def _is_method(function: ast.expr) -> bool:
    """Say whether a call is one of a value's methods, rather than of a library's functions."""
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    library = isinstance(root, ast.Name) and root.id in LIBRARIES
    return isinstance(function, ast.Attribute) and not library


def indexes(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what may go wrong in an index or a slice."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield f"an index is missing{scope.near(node.value)}", node.value
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield f"a matrix is not transposed{scope.near(node.value)}", node.value
    if not isinstance(node, ast.Slice):
        return
    low, high = node.lower, node.upper
    yield "a slice takes everything", ast.Slice(None, None, node.step)
    if (low is None) != (high is None) and node.step is None:
        yield "a slice takes the other end", ast.Slice(high, low)
        edge = low or high or ast.Constant(0)
        minus = edge.operand if isinstance(edge, ast.UnaryOp) else ast.UnaryOp(ast.USub(), edge)
        yield "a slice takes the other end", ast.Slice(minus, None) if high else ast.Slice(None, minus)
    for op in (ast.Add(), ast.Sub()):
        if low is not None and number(low) is None:
            near = ast.BinOp(low, op, ast.Constant(1))
            yield "a bound of a slice is one off", ast.Slice(near, high, node.step)
        if high is not None and number(high) is None:
            near = ast.BinOp(high, op, ast.Constant(1))
            yield "a bound of a slice is one off", ast.Slice(low, near, node.step)
    if number(node.step or ast.Pass()) is not None:
        yield "a slice takes every value, not every other one", ast.Slice(low, high)


def patterns(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield rearrangements and contractions of other dimensions."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value):
        return
    left, _, right = node.value.partition("->")
    letters = re.compile(r"\w+" if " " in node.value.replace("->", "").strip() else r"\w")
    for place, side in enumerate((left, right)):
        found = letters.findall(side)
        for says, moved in _reordered(found):
            new = letters.sub("{}", side.replace("{", "{{")).format(*moved)
            yield says, ast.Constant(f"{new}->{right}" if place == 0 else f"{left}->{new}")


def _reordered(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield words with two exchanged, and with one in another place."""
    for i, j in itertools.combinations(range(len(words)), 2):
        moved = list(words)
        moved[i], moved[j] = words[j], words[i]
        yield f"the dimensions {words[i]} and {words[j]} have changed places", moved
    for i, j in itertools.permutations(range(len(words)), 2):
        moved = list(words)
        moved.insert(j, moved.pop(i))
        yield f"the dimension {words[i]} stands in another place", moved


def parts(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield another of a module's parts in the place of one."""
    loaded = isinstance(getattr(node, "ctx", None), ast.Load)
    if isinstance(node, ast.Attribute) and loaded and node.attr in scope.parts:
        for part in scope.parts:
            if part != node.attr:
                new = ast.Attribute(node.value, part, ast.Load())
                yield scope.other(node, new), new
    elif isinstance(node, ast.Name) and loaded and isinstance(parent, ast.Attribute) and node.id != "self":
        for part in scope.parts if node.id in scope.locals or node.id in scope.arguments else ():
            new = ast.Attribute(ast.Name("self", ast.Load()), part, ast.Load())
            yield scope.other(node, new), new
