"""What the checks of autoencoder, losses, quantiser and scale run beside your code.

Each play returns its evidence as data: results, gradients, and what was asked. Weights come with the call.
"""

from typing import Any

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


def loaded(module: nn.Module, weights: Weights) -> nn.Module:
    """Return the module in float64 with these weights; their names must be the module's."""
    module = module.double()
    module.load_state_dict(weights)
    return module


# -------------------- 1.1 diagonal_gaussian
def gaussian(code: Any, moments: Tensor, noise: Tensor) -> dict[str, Tensor]:
    """Return what a law of latents answers."""
    law = code.autoencoder.DiagonalGaussian(moments)
    result = {"sample": law.sample(noise), "mode": law.mode(), "kl": law.kl()}
    return result | {"arguments": [moments, noise]}


def gradients_of_gaussian(code: Any, moments: Tensor, noise: Tensor) -> dict[str, Tensor]:
    """Return the gradients of the summed sample and of the summed divergence with respect to the moments."""
    moments.requires_grad_()
    law = code.autoencoder.DiagonalGaussian(moments)
    by_sample = torch.autograd.grad(law.sample(noise).sum(), moments)[0]
    by_kl = torch.autograd.grad(code.autoencoder.DiagonalGaussian(moments).kl().sum(), moments)[0]
    return {"of sample": by_sample, "of kl": by_kl}


# -------------------- 1.2 blocks
def residual_block(code: Any, c_in: int, c_out: int, groups: int, x: Tensor, weights: Weights) -> Tensor:
    """Return what a residual block with these weights makes of x."""
    return loaded(code.autoencoder.ResidualBlock(c_in, c_out, groups), weights)(x).detach()


def tidy_residual_block(code: Any, x: Tensor) -> Tensor:
    """Return what a residual block of one group makes of x when both convolutions change nothing."""
    c = x.shape[1]
    block = code.autoencoder.ResidualBlock(c, c, 1).double()
    kernel = torch.zeros(c, c, 3, 3, dtype=torch.float64)
    kernel[range(c), range(c), 1, 1] = 1.0
    for conv in (block.conv1, block.conv2):
        conv.weight.data, conv.bias.data = kernel.clone(), torch.zeros(c, dtype=torch.float64)
    return block(x).detach()


def downsample(code: Any, weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    """Return what Downsample makes of x with this kernel."""
    return _with_kernel(code.autoencoder.Downsample(x.shape[1]), weight, bias)(x).detach()


def upsample(code: Any, weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
    """Return what Upsample makes of x with this kernel."""
    return _with_kernel(code.autoencoder.Upsample(x.shape[1]), weight, bias)(x).detach()


def _with_kernel(module: nn.Module, weight: Tensor, bias: Tensor) -> nn.Module:
    module.double()
    module.conv.weight.data, module.conv.bias.data = weight, bias
    return module


# -------------------- 1.3 autoencoder_loss
def gradients_of_hinge(code: Any, real: Tensor, fake: Tensor) -> list[Tensor]:
    """Return the gradients of the adversary's loss with respect to both kinds of logits."""
    inputs = [real.requires_grad_(), fake.requires_grad_()]
    return _gradients(code.loss.hinge_discriminator_loss(real, fake), inputs)


def adaptive_weight(
    code: Any, features: Tensor, layer: Tensor, critic: Tensor, settings: dict[str, float]
) -> dict[str, Any]:
    """Return the weight for a decoder `features @ layer`, an error that is its sum of squares, and a critic.

    Both weights come with a gradient of 1, as somebody's half-made training step leaves it. Afterwards both
    losses are used once more, and their gradient comes back too.
    """
    features, layer = nn.Parameter(features), nn.Parameter(layer)
    features.grad, layer.grad = torch.ones_like(features), torch.ones_like(layer)
    images = features @ layer
    error, adversary = images.square().sum(), -(images @ critic).mean()
    weight = code.loss.adaptive_weight(error, adversary, layer, **settings)
    held = [one.grad if one.grad is None else one.grad.clone() for one in (features, layer)]
    layer.grad = None
    (error + adversary).backward()
    return {"weight": weight.detach(), "tracked": weight.requires_grad, "held": held, "again": layer.grad}


def autoencoder_loss(
    code: Any,
    x: Tensor,
    features: Tensor,
    layer: Tensor,
    critic: Tensor | None,
    kl: Tensor,
    settings: dict[str, float],
) -> dict[str, Any]:
    """Return the loss of a decoder `features @ layer`, and its gradients with respect to layer and kl."""
    layer, kl = nn.Parameter(layer), nn.Parameter(kl)
    images = features @ layer
    fake = None if critic is None else images @ critic
    loss = code.loss.autoencoder_loss(x, images.reshape(x.shape), kl, layer, fake, **settings)
    by_layer, by_kl = torch.autograd.grad(loss, [layer, kl], allow_unused=True)
    return {"loss": loss.detach(), "by layer": by_layer, "by kl": by_kl}


# -------------------- 2 quantize
def vector_quantizer(
    code: Any, z: Tensor, codebook: Tensor, beta: float, weights: Tensor | None = None
) -> dict[str, Any]:
    """Return codes, numbers and loss, and the gradients of the loss and of sum(weights * codes)."""
    quantizer = code.quantize.VectorQuantizer(*codebook.shape, beta)
    quantizer.codebook = nn.Parameter(codebook)
    z.requires_grad_()
    inputs = [z, quantizer.codebook]
    codes, indices, loss = quantizer(z)
    weights = torch.ones_like(z) if weights is None else weights
    of_codes = _gradients((weights * codes).sum(), inputs)
    of_loss = _gradients(loss, inputs)
    return {
        "codes": codes.detach(),
        "indices": indices,
        "loss": loss.detach(),
        "of codes": of_codes,
        "of loss": of_loss,
    }


def largest_products(code: Any, z: Tensor, codebook: Tensor) -> Tensor:
    """Return the largest product of each vector with a code: a yardstick, about the work of a search."""
    return (z @ codebook.T).amax(dim=1)


def _gradients(value: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """Return the gradients, zeros where there is none."""
    if not value.requires_grad:
        return [torch.zeros_like(one) for one in inputs]
    found = torch.autograd.grad(value, inputs, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(i) if g is None else g for i, g in zip(inputs, found, strict=True)]


def after_ema(
    code: Any, counts: Tensor, sums: Tensor, z: Tensor, indices: Tensor, codebook: Tensor
) -> list[Tensor]:
    """Return the arguments as the functions about the codebook leave them."""
    code.quantize.ema_codebook(counts, sums, z, indices)
    code.quantize.revive_dead_codes(counts, sums, codebook, z)
    return [counts, sums, z, indices, codebook]


def recorded_by_averages(
    code: Any, counts: Tensor, sums: Tensor, z: Tensor, indices: Tensor, codebook: Tensor
) -> dict[str, Any]:
    """Return what the functions about the codebook make of an encoder's vectors."""
    z.requires_grad_()
    averages = code.quantize.ema_codebook(counts, sums, z, indices)
    revived = code.quantize.revive_dead_codes(counts, sums, codebook, z)
    results = [*averages, *revived]
    return {"results": [one.detach() for one in results], "tracked": [one.requires_grad for one in results]}


# -------------------- 3.1 latent_scale
class Law:
    """A law of latents whose deviation is half of its mean's absolute value plus 1."""

    def __init__(self, mean: Tensor) -> None:
        self.mean = mean

    def sample(self, noise: Tensor) -> Tensor:
        """Return the latents that this noise becomes."""
        return self.mean + (1 + self.mean.abs() / 2) * noise

    def mode(self) -> Tensor:
        """Return the mean."""
        return self.mean


class AffineCodec(nn.Module):
    """An autoencoder of one weight: latents are gain (x + 1), images z / gain - 1."""

    def __init__(self, gain: Tensor) -> None:
        super().__init__()
        self.gain = nn.Parameter(gain)
        self.recording = False

    def encode(self, x: Tensor) -> Law:
        """Return the law of the latents, and remember whether gradients are recorded."""
        self.recording = torch.is_grad_enabled()
        return Law(self.gain * (x + 1))

    def decode(self, z: Tensor) -> Tensor:
        """Return the images of latents, and remember whether gradients are recorded."""
        self.recording = torch.is_grad_enabled()
        return z / self.gain - 1


def latents(code: Any, gain: Tensor, x: Tensor, scale: float, noise: Tensor | None = None) -> dict[str, Any]:
    """Return the scaled latents of x."""
    codec = AffineCodec(gain)
    z = code.scale.encode_latents(codec, x, scale, noise)
    return {"z": z.detach(), "tracked": z.requires_grad, "recording": codec.recording}


def images(code: Any, gain: Tensor, z: Tensor, scale: float) -> dict[str, Any]:
    """Return the images of scaled latents."""
    codec = AffineCodec(gain)
    x = code.scale.decode_latents(codec, z, scale)
    return {"x": x.detach(), "tracked": x.requires_grad, "recording": codec.recording}


def round_trip(code: Any, gain: Tensor, x: Tensor, scale: float) -> Tensor:
    """Return x after encoding and decoding."""
    codec = AffineCodec(gain)
    return code.scale.decode_latents(codec, code.scale.encode_latents(codec, x, scale), scale)


def scale_of_stream(code: Any, batches: list[Tensor]) -> float:
    """Return the factor of batches that can be gone through only once."""
    return code.scale.scale_factor(batch for batch in batches)
