"""What crosses arrives unchanged; what breaks the protocol raises WireError before memory is taken."""

import contextlib
import math
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.calls import wire
from autograder.calls.wire import Opaque, Reply, Request, WireError
from autograder.seeds import Seed


def there_and_back(value: Any) -> Any:
    _, header, *buffers = wire.dump(Reply(7, value))
    return wire.load_reply(header, bytearray().join(buffers)).value


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_values_arrive_as_they_are(value):
    assert there_and_back(value) == value


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)], ids=str)
def test_tensors_arrive_to_the_bit(dtype, shape):
    tensor = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    arrived = there_and_back([tensor, tensor.flip(0) if shape else tensor])
    assert arrived[0].dtype == dtype
    assert torch.equal(arrived[0], tensor)
    assert arrived[1].shape == tensor.shape


def test_tensors_of_any_layout_arrive_with_their_values():
    base = torch.arange(12.0).reshape(3, 4)
    conjugate = torch.tensor([1 + 2j]).conj()
    one_of_two = (base[0, ::2][:1], (base + 1j).imag[:1, :1])  # contiguous to torch, whatever their stride
    for tensor in (
        *one_of_two,
        base.T,
        base[:, ::2],
        base[0].expand(5, 4),
        conjugate,
        torch.nn.Parameter(base),
    ):
        arrived = there_and_back(tensor)
        assert type(arrived) is torch.Tensor
        assert not arrived.requires_grad
        assert torch.equal(arrived, tensor)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.complex64], ids=str)
def test_parts_of_a_graph_arrive_without_it(dtype):
    tensor = torch.ones(2, 3, dtype=dtype, requires_grad=True)
    for one in (tensor, tensor * 2, (tensor * 2).conj()):
        arrived = there_and_back(one)
        assert torch.equal(arrived, one)
        assert not arrived.requires_grad


@pytest.mark.parametrize("size", [wire.SMALL // 8, wire.SMALL // 8 + 1])
def test_nothing_is_shared_with_what_was_sent(size):
    sent = torch.zeros(size, dtype=torch.float64)
    arrived = there_and_back([sent, sent])
    arrived[0] += 1
    assert sent.sum() == arrived[1].sum() == 0


def test_any_byte_but_0_is_true_wherever_it_lies():
    header = encoded(["l", [["x", ["bool", 3]], ["x", ["float64", 1]], ["x", ["bool"]]]])
    body = bytearray(b"\0\1\7" + np.float64(3).tobytes() + b"\2")
    truth, odd, alone = wire.load_reply(header, body).value
    assert (truth.tolist(), odd.tolist(), alone.item()) == ([False, True, True], [3.0], True)
    assert truth.view(torch.uint8).tolist() == [0, 1, 1]


def test_a_seed_arrives_as_a_seed():
    assert there_and_back(Seed(5)) == Seed(5)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.zeros(3), "numpy.ndarray"),
        (lambda: 0, "function"),
        (2**70, "an integer beyond 64 bits"),
        ({1: 2}, "dict"),
        (torch.eye(2).to_sparse(), "a torch.float32 tensor (torch.sparse_coo, on cpu)"),
        (torch.empty(2, device="meta"), "a torch.float32 tensor (torch.strided, on meta)"),
    ],
)
def test_what_may_not_cross_arrives_as_its_name(value, name):
    assert there_and_back(value) == Opaque(name)


def test_a_structure_without_end_is_cut():
    endless: list[Any] = []
    endless.append(endless)
    arrived = there_and_back(endless)
    for _ in range(wire.DEPTH_CAP + 1):
        arrived = arrived[0]
    assert arrived == Opaque("a structure nested too deeply")


def test_lone_surrogates_become_visible():
    assert there_and_back("\ud800") == "\\ud800"


@pytest.mark.parametrize(
    "prefix",
    [
        wire.PREFIX.pack(b"nope", 1, 1),
        wire.PREFIX.pack(wire.MAGIC, wire.HEADER_CAP + 1, 0),
        wire.PREFIX.pack(wire.MAGIC, 2**32 - 1, 0),
        wire.PREFIX.pack(wire.MAGIC, 1, 1001),
        wire.PREFIX.pack(wire.MAGIC, 1, 2**62),
    ],
)
def test_sizes_beyond_the_caps_are_refused(prefix):
    with pytest.raises(WireError):
        wire.sizes(prefix, body_cap=1000)


def encoded(node: Any) -> bytes:
    return msgspec.msgpack.encode({"id": 1, "value": node, "fault": None})


@pytest.mark.parametrize(
    "node",
    [
        ["x", ["float32", 4]],  # longer than the body
        ["x", ["float32", -1]],
        ["x", ["float32", 2**62, 0]],
        ["x", ["float32", 2**40, 2**40, 0]],
        ["x", ["object", 1]],
        ["x", ["float32", *[1] * 17]],
        ["x", ["float32", True]],
        ["x", ["float32", 1.0]],
        ["x", []],
        ["q", []],
        ["l"],
        ["d", [["a"]]],
        ["d", [[1, 2]]],
        ["s", -1],
        ["s", "1"],
        ["o", 5],
        {"l": []},
        [],
        b"bytes",
        pytest.param(msgspec.msgpack.Ext(5, b""), id="an extension"),  # its text is another in every process
        ["l", [None] * (wire.NODE_CAP + 1)],
    ],
    ids=lambda node: str(node)[:40],
)
def test_nodes_of_no_known_kind_are_refused(node):
    with pytest.raises(WireError):
        wire.load_reply(encoded(node), bytearray())


def test_deep_nesting_is_refused_not_followed():
    node: Any = None
    for _ in range(wire.DEPTH_CAP + 2):
        node = ["l", [node]]
    with pytest.raises(WireError, match="too many parts"):
        wire.load_reply(encoded(node), bytearray())
    with pytest.raises(WireError):
        wire.load_reply(b"\x91" * 2_000_000, bytearray())


def test_bytes_left_over_are_refused():
    with pytest.raises(WireError, match="longer than its tensors"):
        wire.load_reply(encoded(None), bytearray(4))


def test_booleans_are_made_of_any_byte():
    arrived = wire.load_reply(encoded(["x", ["bool", 4]]), bytearray([0, 1, 2, 255])).value
    assert arrived.tolist() == [False, True, True, True]


def test_a_request_needs_arguments():
    header = msgspec.msgpack.encode(
        {"id": 1, "target": "a.b", "args": None, "kwargs": ["d", []], "play": False}
    )
    with pytest.raises(WireError, match="without arguments"):
        wire.load_request(header, bytearray())
    _, header, *_ = wire.dump(Request(1, "a.b", (1,), {"k": 2}))
    assert wire.load_request(header, bytearray()) == Request(1, "a.b", (1,), {"k": 2})


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_are_a_reply_or_an_error(header, body):
    with contextlib.suppress(WireError):
        wire.load_reply(header, bytearray(body))


def test_nan_and_infinity_arrive():
    assert math.isnan(there_and_back(math.nan))
    assert there_and_back(-math.inf) == -math.inf
