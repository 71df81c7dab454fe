"""What a device may round otherwise: by dtype, relative to the largest value, and nowhere else."""

import pytest
import torch

from autograder.checks import CheckFailed, close
from autograder.differences.rounding import WITHIN, as_on_a_device, spare


@pytest.mark.parametrize("dtype", WITHIN)
def test_values_of_a_device_may_differ_by_a_share_of_the_largest(dtype):
    due = torch.tensor([1000.0, 0.0], dtype=torch.float64)
    off = 1000 * WITHIN[dtype]
    near, far = (due + torch.tensor([0.0, share * off]) for share in (0.6, 2.5))
    with as_on_a_device():
        close(near.to(dtype), due)
        with pytest.raises(CheckFailed):
            close(far.to(dtype), due)
    with pytest.raises(CheckFailed):
        close(near.to(dtype), due)


def test_whole_numbers_and_what_is_not_finite_have_no_room():
    with as_on_a_device():
        assert spare(torch.tensor([3]), torch.tensor([4])) == 0
        assert spare(torch.ones(0), torch.ones(0)) == 0
        assert spare(torch.ones(2), torch.tensor([torch.inf, 2.0])) == pytest.approx(2e-4)
        assert spare(torch.ones(2, dtype=torch.complex64), torch.ones(2)) == pytest.approx(1e-4)
        with pytest.raises(CheckFailed):
            close(torch.tensor([torch.nan, 1.0]), torch.tensor([1.0, 1.0]))
