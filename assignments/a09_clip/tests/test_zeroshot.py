"""Public checks of zero-shot classification: worked prompts, in two dimensions, where lengths matter."""

import math

import torch

from autograder.checks import close, exactly, expect_dtype, raises, task

from .. import plays
from .near import IN_PLACE, SINGLE, near
from .worked import log_of

PROMPTS = exactly(3, 0, 0, 1, -1, 1, 0, 4).reshape(2, 2, 2)  # two classes of two prompts
ROOT = math.sqrt(0.5)
CLASSES = exactly(ROOT, ROOT, -math.sin(math.pi / 8), math.cos(math.pi / 8)).reshape(2, 2)
IMAGES = exactly(1, 2, 2, 1).reshape(2, 2)
EACH_ITS_LENGTH = "Each prompt to unit length first: a long vector would speak louder than the others."


# -------------------- 4.1 zero_shot
@task("zero_shot", weight=2)
def test_classes_of_worked_prompts(submission):
    """(3, 0), (0, 1) make the class (0.7071, 0.7071); (-1, 1), (0, 4) make (-0.3827, 0.9239)"""
    came = submission.zeroshot.class_embeddings(PROMPTS)
    near(came, CLASSES, "the class embeddings", EACH_ITS_LENGTH)
    near(submission.zeroshot.class_embeddings(PROMPTS, torch.ones(2, 2).bool()), CLASSES, "those with a mask")


@task("zero_shot", weight=2)
def test_classes_with_fewer_prompts(submission):
    """A class whose second prompt is masked has the direction of its first, whatever stands in its place"""
    mask = torch.tensor([[True, False], [True, True]])
    for garbage in (100.0, math.nan):
        prompts = PROMPTS.clone()
        prompts[0, 1] = garbage
        came = submission.zeroshot.class_embeddings(prompts, mask)
        hint = "What the mask leaves out adds nothing, not even NaN: masked_fill, and no product with 0."
        near(came, torch.stack([exactly(1, 0), CLASSES[1]]), "the class embeddings", hint)
    with raises(ValueError, hint="A class without a prompt has no direction."):
        submission.zeroshot.class_embeddings(PROMPTS, torch.tensor([[True, True], [False, False]]))


@task("zero_shot", weight=2)
def test_worked_probabilities(submission):
    """At scale 10 the images (1, 2), (2, 1) are of the first class with 0.949541 and 0.999846"""
    came = submission.zeroshot.zero_shot(IMAGES, CLASSES, log_of(10))
    hint = "The softmax over classes of exp(log_scale) times the cosine."
    close(came, exactly(0.949541, 0.050459, 0.999846, 0.000154).reshape(2, 2), rtol=0, atol=5e-7,
          what="the probability", hint=hint, axes=("image", "class"))  # fmt: skip
    gentle = submission.zeroshot.zero_shot(5 * IMAGES[:1], CLASSES, log_of(1))
    z = (IMAGES[0] @ CLASSES.T / math.sqrt(5)).tolist()
    near(gentle[0, 0].item(), 1 / (1 + math.exp(z[1] - z[0])), "the probability at scale 1", hint)


@task("zero_shot")
def test_three_images_two_classes(submission, seed):
    """Each image's probabilities add up to 1, whatever the other images are"""
    image = seed.fork("image").normal(3, 2)
    came = submission.zeroshot.zero_shot(image, CLASSES, log_of(4))
    near(came.sum(dim=1), exactly(1, 1, 1), "the sum", "Softmax along dim=1: over classes.")
    alone = submission.zeroshot.zero_shot(image[1:2], CLASSES, log_of(4))
    near(came[1:2], alone, "the probabilities of image 1", "An image alone has the same ones.")
    cosine = torch.nn.functional.cosine_similarity(image[:, None], CLASSES[None], dim=2)
    near(came, (4 * cosine).softmax(dim=1), "the probabilities")


@task("zero_shot")
def test_zero_shot_keeps_what_came_in(submission):
    """float32 stays float32, and no prompt is written into"""
    came = submission.zeroshot.class_embeddings(PROMPTS.float())
    expect_dtype(came, torch.float32)
    near(came, CLASSES, "the class embeddings", EACH_ITS_LENGTH, SINGLE)
    mask = torch.tensor([[True, False], [True, True]])
    args = [PROMPTS, mask]
    after = submission.play(plays.with_gradients, "zeroshot", "class_embeddings", args, exactly(2, -1))
    near(after["value"][0], exactly(1, 0), "the first class", EACH_ITS_LENGTH)
    close(after["arguments"], args, rtol=0, what="the arguments", hint=IN_PLACE)
