"""What models make that dropped their label more or less often."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q5"
points = 2


@test_case(points=1)
def test_without_dropout_nothing_is_learnt_about_no_label(DROPS, by_drop):
    digits = dict(zip(DROPS, by_drop[0][:, 0].tolist(), strict=True))
    assert digits[0.1] > digits[0.0] + 0.2, (
        f"at w = 0 the model that dropped a tenth makes {digits[0.1]:.2f} digits, and the one that never did "
        f"{digits[0.0]:.2f}: does every model get its own drop probability, and null labels at w = 0?"
    )


@test_case(points=1)
def test_with_hardly_any_label_little_is_learnt_about_classes(DROPS, by_drop):
    asked = dict(zip(DROPS, by_drop[1][:, 1].tolist(), strict=True))
    assert asked[0.1] > asked[0.95] + 0.1, (
        f"at w = 1 the model that dropped a tenth is right in {asked[0.1]:.2f}, and the one that dropped "
        f"nearly all in {asked[0.95]:.2f}: is a mask True where a sample keeps its label?"
    )
