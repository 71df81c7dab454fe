"""The flow: it can be undone, and it learns digits that it has not seen."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=1)
def test_there_and_back(round_trip):
    assert round_trip < 1e-3, f"forward and inverse differ by {round_trip:.2g}; expected less than 0.001"


@test_case(points=1)
def test_bits(flow_held_out, flow_bits):
    trained, unseen = (values[-1] for values in flow_bits.values())
    assert 1.5 < flow_held_out < 2.6, f"held-out digits cost {flow_held_out:.3f} bits; expected about 2.2"
    assert trained < unseen, (
        f"digits of the training cost {trained:.3f} bits, others {unseen:.3f}: exchanged?"
    )
