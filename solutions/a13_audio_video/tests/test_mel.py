"""Public checks of mel banks: numbers of both scales, triangles that add up, and levels."""

import torch

from autograder.checks import close, exactly, raises, task
from autograder.nearness import LONG, WORKED, near, near_single, unchanged

from .. import plays

# -------------------- 1.2 mel
HZ = exactly(0, 440, 1000, 4000, 8000)
MEL = {
    "slaney": exactly(0, 6.6, 15, 35.16376031, 45.24564047),
    "htk": exactly(0, 549.63867538, 999.98553714, 2146.06452751, 2840.02304671),
}


@task("mel", weight=2)
def test_mels_of_five_frequencies(submission):
    """0, 440, 1000, 4000 and 8000 Hz on both scales; 4000 Hz are 35.16376031 and 2146.06452751 mel"""
    for scale, expected in MEL.items():
        came = submission.play(plays.calling, "mel", "hz_to_mel", [HZ, scale])
        hint = "slaney: 3f/200 below 1000 Hz, then 15 + 27 ln(f/1000) / ln 6.4. htk: 2595 log10(1 + f/700)."
        close(came["value"], expected, rtol=0, atol=10 * WORKED, what=f"{scale} mel", hint=hint)
        unchanged(came["arguments"][0], HZ)


@task("mel")
def test_mels_and_back(submission):
    """mel_to_hz undoes hz_to_mel on both scales, and another scale raises ValueError in both"""
    f = torch.linspace(0, 9000, 13, dtype=torch.float64)
    for scale in MEL:
        m = submission.mel.hz_to_mel(f, scale)
        near(submission.mel.mel_to_hz(m, scale), f, f"frequencies from {scale} mel", within=LONG)
    near(submission.mel.mel_to_hz(MEL["slaney"], "slaney"), HZ, "frequencies", within=10 * WORKED)
    for function in (submission.mel.hz_to_mel, submission.mel.mel_to_hz):
        with raises(ValueError):
            function(f, "bark")


@task("mel", weight=2)
def test_bank_by_default(submission):
    """mel_bank(8000, 256, 32), row 3: .0011169, .00730945, .01350201, .00845942, .00226687 in bins 7 to 11"""
    came = submission.mel.mel_bank(8000, 256, 32)
    row = torch.zeros(129).double()
    row[7:12] = exactly(0.0011169, 0.00730945, 0.01350201, 0.00845942, 0.00226687)
    hint = "34 corners, even in mel; slopes at the bins' own frequencies; times 2 / (right - left) in Hz."
    close(came[3], row, rtol=0, atol=1e-8, what="row 3", hint=hint)
    close(came.sum(), exactly(1.0233723308)[0], rtol=0, atol=1e-9, what="the sum of the bank")


@task("mel", weight=2)
def test_bank_of_diffwave(submission):
    """htk without area: row 3 is .48442863, .89002354, .29338423; DiffWave's bank adds up to 501.24947"""
    came = submission.mel.mel_bank(8000, 256, 32, scale="htk", area=False)
    row = torch.zeros(129).double()
    row[5:8] = exactly(0.48442863, 0.89002354, 0.29338423)
    close(came[3], row, rtol=0, atol=1e-8, what="row 3", hint="Without area triangles have height 1.")
    came = submission.mel.mel_bank(22050, 1024, 80, 20.0, 11025.0, "htk", False)
    close(came.sum(), exactly(501.2494706548)[0], rtol=0, atol=1e-8, what="the sum of DiffWave's bank")


@task("mel", weight=2)
def test_triangles_add_up(submission):
    """Without area the rows add up to 1 at each bin between first and last centre, for 300 to 3000 Hz too"""
    for scale, f_min, f_max, first, last in (
        ("slaney", 0.0, None, 213.1136988765, 3210.7841065375),
        ("htk", 300.0, 3000.0, 426.3016029168, 2585.0881064343),
    ):
        came = submission.mel.mel_bank(8000, 128, 10, f_min, f_max, scale, area=False)
        f = torch.arange(65).double() * 8000 / 128
        inside = (f > first) & (f < last)
        hint = "Bins stand at i * sample_rate / n_fft, whatever f_min and f_max are."
        near(came.sum(dim=0)[inside], torch.ones(int(inside.sum())).double(), "the sums", hint, LONG)


@task("mel")
def test_banks_refuse(submission):
    """f_min = f_max, f_max above half the sample rate, and another scale raise ValueError"""
    for args in ((500.0, 500.0), (0.0, 4001.0), (600.0, 500.0), (0.0, None, "bark")):
        with raises(ValueError):
            submission.mel.mel_bank(8000, 64, 4, *args)


@task("mel", weight=2)
def test_levels(submission):
    """Magnitudes 0, 1e-6, 1e-4, .001, .1, 1, 10, 100 have levels -1, -1, -1, -.6, .2, .6, 1, 1"""
    m = exactly(0, 1e-6, 1e-4, 1e-3, 0.1, 1, 10, 100)[None, None]
    expected = exactly(-1, -1, -1, -0.6, 0.2, 0.6, 1, 1)[None, None]
    came = submission.play(plays.calling, "mel", "log_mel", [m, exactly(1)[None]])
    hint = "20 log10 of magnitudes, not of powers; -80 dB becomes -1 and 20 dB becomes 1."
    near(came["value"], expected, "the levels", hint)
    unchanged(came["arguments"][0], m)


@task("mel")
def test_levels_of_bands(submission, seed):
    """Bands are added up before the logarithm; -60 to 0 dB if so asked; float32 magnitudes stay float32"""
    magnitude, bank = 2 * seed.fork("m").uniform(2, 5, 3), seed.fork("bank").uniform(4, 5)
    expected = 2 * (20 * torch.einsum("mk,bkf->bmf", bank, magnitude).log10() + 60) / 60 - 1
    came = submission.mel.log_mel(magnitude, bank, -60.0, 0.0)
    near(came, expected.clamp(-1, 1), "the levels from -60 to 0 dB")
    near_single(submission.mel.log_mel(magnitude.float(), bank, -60.0, 0.0), expected.clamp(-1, 1))
