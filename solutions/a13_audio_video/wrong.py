"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in somebody's repository, the comment names it.
"""

from autograder.sources.variants import edit, naive

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 stft
edit("stft", "stft__symmetric_window", "torch.hann_window(n_fft, ", "torch.hann_window(n_fft, False, ",
    "the window is the symmetric one: its squares no longer add up to a constant, and a pure tone leaks "
    "into all bins.",
    read="Convention of task 1.1")
edit("stft", "stft__mirrored", "F.pad(wave, (n_fft // 2, n_fft // 2))",
    "(F.pad(wave, (n_fft // 2, n_fft // 2), mode=\"reflect\") if wave.shape[1] > n_fft // 2 "
    "else F.pad(wave, (n_fft // 2, n_fft // 2)))",
    "frames at both ends see a mirror image, which is torch's default: outside of the wave there are zeros.",
    read="Convention of task 1.1")
edit("stft", "stft__not_centred", "(n_fft // 2, n_fft // 2)", "(0, n_fft)",
    "frame k begins at k * hop instead of being centred there: everything comes n_fft / 2 late.",
    read="What of task 1.1")
edit("stft", "stft__all_bins", "torch.fft.rfft(frames * window)", "torch.fft.fft(frames * window)",
    "all n_fft bins are returned: of a real wave the upper half says nothing new.", read="What of task 1.1")
edit("stft", "stft__no_window", "frames * window", "frames",
    "frames are not multiplied by the window.", read="What of task 1.1")
edit("stft", "stft__orthonormal", "torch.fft.rfft(frames * window)",
    "torch.fft.rfft(frames * window, norm=\"ortho\")",
    "the transform is divided by the root of n_fft: nothing is normalised here.",
    read="Convention of task 1.1")
edit("stft", "stft__squared_window", "(frames * window)", "(frames * window * window)",
    "the window is used twice: once here, and once more in istft.", read="What of task 1.1")
edit("stft", "stft__frames_before_bins", "torch.fft.rfft(frames * window).mT",
    "torch.fft.rfft(frames * window)",
    "frames come before bins: the result is (b, bins, frames).", read="What of task 1.1")
edit("stft", "istft__not_divided", "kept[:-1] / kept[-1]", "kept[:-1]",
    "the sum is not divided by the overlapped squares of the window: at hop n_fft / 4 all is 1.5 times too "
    "loud.",
    read="What of task 1.1")
edit("stft", "istft__divided_by_the_window", "window.square().expand_as", "window.expand_as",
    "the sum is divided by the overlapped window: that was applied twice, so it is its square.",
    read="What of task 1.1")
edit("stft", "istft__no_second_window", "torch.fft.irfft(spec.mT, n=n_fft) * window",
    "torch.fft.irfft(spec.mT, n=n_fft)",
    "frames are not multiplied by the window a second time: then the sum of squares is the wrong divisor.",
    read="What of task 1.1")
edit("stft", "istft__not_cut_in_front", "n_fft // 2 : n_fft // 2 + length", ": length",
    "nothing is cut off in front: the first n_fft / 2 samples lie before the wave.", read="What of task 1.1")
edit("stft", "istft__any_hop", "2 * hop > n_fft", "hop > n_fft",
    "hops that leave samples nearly uncovered are not refused.", read="Given of task 1.1")


@naive("stft", "frames are cut out and transformed one by one, a thousand calls where one would do.")
def stft__frame_by_frame(wave, n_fft, hop):
    window = torch.hann_window(n_fft, dtype=torch.float64).to(wave.dtype)
    padded = F.pad(wave, (n_fft // 2, n_fft // 2))
    frames = [
        torch.fft.rfft(padded[:, k * hop : k * hop + n_fft] * window) for k in range(1 + wave.shape[1] // hop)
    ]
    return torch.stack(frames, dim=2)


# -------------------- 1.2 mel
edit("mel", "hz_to_mel__natural_logarithm", "torch.log10(1 + f / 700)", "torch.log(1 + f / 700)",
    "the natural logarithm stands where htk has log10: with it the factor is 1127.", read="What of task 1.2")
edit("mel", "hz_to_mel__htk_for_slaney", "if scale == \"htk\":", "if True:",
    "the htk formula is used for every scale: slaney is linear below 1000 Hz.",  # pytorch/audio #287, #1058
    read="What of task 1.2")
edit("mel", "hz_to_mel__no_linear_part", "3 * f.clamp(max=1000) / 200 + 27 * above / math.log(6.4)",
    "15 + 27 * (f.clamp(min=1) / 1000).log() / math.log(6.4)",
    "the logarithm is used below 1000 Hz too: there the slaney scale is linear.", read="What of task 1.2")
edit("mel", "hz_to_mel__not_from_15", "3 * f.clamp(max=1000) / 200 + ", "3 * f * (f < 1000) / 200 + ",
    "the logarithmic part begins at 0 mel: at 1000 Hz it goes on from 15.", read="What of task 1.2")
edit("mel", "mel_to_hz__other_scales", "if scale != \"slaney\":", "if not scale:",
    "scales that do not exist are not refused.", read="Given of task 1.2")
edit("mel", "mel_bank__bins_in_the_band",
    "f = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * sample_rate / n_fft",
    "f = torch.linspace(f_min, f_max, n_fft // 2 + 1, dtype=torch.float64)",  # pytorch/audio #292
    "bins are spread from f_min to f_max: they stand at i * sample_rate / n_fft, whatever the band is.",
    read="Convention of task 1.2")
edit("mel", "mel_bank__no_area", "if area else triangles", "if False else triangles",
    "triangles have height 1 though their area is asked to be 1.", read="What of task 1.2")
edit("mel", "mel_bank__always_area", "triangles * 2 / (right - left) if area else triangles",
    "triangles * 2 / (right - left)",
    "triangles have area 1 though height 1 is asked for.", read="What of task 1.2")
edit("mel", "mel_bank__area_in_mel", "triangles * 2 / (right - left) if area else triangles",
    "triangles * 2 / (hz_to_mel(right, scale) - hz_to_mel(left, scale)) if area else triangles",
    "the area is 1 over frequencies in mel: it is over Hz.",  # keras-team/keras #19194
    read="Convention of task 1.2")
edit("mel", "mel_bank__corners_on_bins", "left, centre, right = corners[:-2], corners[1:-1], corners[2:]",
    "corners = (corners * n_fft / sample_rate).round() * sample_rate / n_fft\n"
    "    left, centre, right = corners[:-2], corners[1:-1], corners[2:]",
    "corners are rounded to bins: low triangles get the same corners, and rows of zeros or NaN.",
    read="Convention of task 1.2")
edit("mel", "mel_bank__even_in_hz",
    "corners = mel_to_hz(ends[0] + share * (ends[1] - ends[0]), scale)[:, None]",
    "corners = (f_min + share * (f_max - f_min))[:, None]",
    "corners are even in Hz: they are even in mel.", read="What of task 1.2")
edit("mel", "mel_bank__one_corner_less", "/ (n_mels + 1)", "/ (n_mels + 2)",
    "the last corner stands before f_max: n_mels + 2 corners have n_mels + 1 steps.", read="What of task 1.2")
edit("mel", "mel_bank__negative_slopes", ".clamp(min=0)", "",
    "triangles are not cut off at 0.", read="What of task 1.2")
edit("mel", "mel_bank__any_band", "not f_min < f_max <= sample_rate / 2", "f_min > f_max",
    "bands that are empty or go beyond half the sample rate are not refused.", read="Given of task 1.2")
edit("mel", "log_mel__of_power", "bank @ magnitude.to(bank.dtype)",
    "bank @ magnitude.to(bank.dtype).square()",
    "the bank gets powers: 20 log10 of a power is twice the decibels.", read="Convention of task 1.2")
edit("mel", "log_mel__ten", "20 * bands", "10 * bands",
    "decibels are 10 log10 of the magnitude: the 10 belongs to powers.", read="Convention of task 1.2")
edit("mel", "log_mel__natural_logarithm", ".log10()", ".log()",
    "the natural logarithm is taken: decibels have log10.", read="What of task 1.2")
edit("mel", "log_mel__no_floor", "bands.clamp(min=10 ** (floor_db / 20)).log10()", "bands.log10()",
    "silence has no floor: its level is minus infinity.", read="What of task 1.2")
edit("mel", "log_mel__zero_to_one", "(2 * decibels - floor_db - ceil_db) / (ceil_db - floor_db)",
    "(decibels - floor_db) / (ceil_db - floor_db)",
    "levels go from 0 to 1: here they go from -1 to 1.", read="What of task 1.2")
edit("mel", "log_mel__not_clipped", ".clamp(max=1)", "",
    "levels above the ceiling are not clipped.", read="What of task 1.2")
edit("mel", "log_mel__widened", ".to(magnitude.dtype)\n", "\n",
    "the levels are float64 whatever the magnitudes are.", read="Convention of task 1.2")


# -------------------- 1.3 griffin_lim
edit("griffin_lim", "griffin_lim__first_phase_kept",
    "wave = istft(spec, n_fft, hop, length)\n        spec = ",
    "wave = istft(torch.polar(magnitude, phase), n_fft, hop, length)\n        spec = ",
    "every round begins with the phase that came in: after the first nothing changes any more.",
    read="What of task 1.3")
edit("griffin_lim", "griffin_lim__magnitude_not_restored",
    "torch.polar(magnitude, stft(wave, n_fft, hop).angle())", "stft(wave, n_fft, hop)",
    "the magnitude is not put back: after one round nothing changes any more.", read="What of task 1.3")
edit("griffin_lim", "griffin_lim__real_part", ".angle()", ".real",
    "the real part is taken for the phase.", read="What of task 1.3")
edit("griffin_lim", "griffin_lim__one_round_more", "range(steps)", "range(steps + 1)",
    "there is one round too many: 0 steps return the wave of the phases that came in.",
    read="Convention of task 1.3")
edit("griffin_lim", "griffin_lim__divided", "torch.polar(magnitude, stft(wave, n_fft, hop).angle())",
    "magnitude * stft(wave, n_fft, hop) / stft(wave, n_fft, hop).abs()",
    "spectra are divided by their magnitude: in silence that is 0 / 0.", read="Convention of task 1.3")
edit("griffin_lim", "griffin_lim__root", "    spec = torch.polar(magnitude, phase)\n",
    "    magnitude = magnitude.sqrt()\n    spec = torch.polar(magnitude, phase)\n",
    "what came in is taken for power: it is the magnitude itself.", read="Given of task 1.3")
edit("griffin_lim", "griffin_lim__zero_phase", "    spec = torch.polar(magnitude, phase)\n",
    "    spec = torch.polar(magnitude, 0 * phase)\n",
    "the phase that came in is not used.", read="Given of task 1.3")
edit("griffin_lim", "griffin_lim__momentum", "spec = torch.polar(magnitude, stft(wave, n_fft, hop).angle())",
    "again = stft(wave, n_fft, hop)\n"
    "        spec = torch.polar(magnitude, (again + 0.99 * (again - spec)).angle())",
    "momentum is added, as libraries do by default: it is faster, and the error may rise on the way.",
    read="Convention of task 1.3")


# -------------------- 2.1 step_embedding
edit("step_embedding", "step_embedding__table_of_float32", "angles = step[:, None] * rates",
    "angles = (step[:, None].float() * rates.float()).double()",  # lmnt-com/diffwave model.py
    "angles are float32: 10^4 t is rounded before the sine, and at t = 999 the last entries are arbitrary.",
    read="Convention of task 2.1")
edit("step_embedding", "step_embedding__half_not_less_one", "device=t.device) / (half - 1)",
    "device=t.device) / half",
    "exponents are 4j / half: the last frequency is 10^4 itself, so it is half - 1.", read="What of task 2.1")
edit("step_embedding", "step_embedding__falling", "rates = 10 ** (4 *", "rates = 10 ** (-4 *",
    "frequencies fall from 1, as in DDPM: here they rise to 10,000.", read="Convention of task 2.1")
edit("step_embedding", "step_embedding__cosine_first", "[angles.sin(), angles.cos()]",
    "[angles.cos(), angles.sin()]",
    "cosines come first.", read="What of task 2.1")
edit("step_embedding", "step_embedding__interleaved",
    "torch.cat([angles.sin(), angles.cos()], dim=1)",
    "torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)",
    "sines and cosines take turns: all sines come first.", read="What of task 2.1")
edit("step_embedding", "step_embedding__formula_between", "for step in (exact.floor(), exact.ceil()):",
    "for step in (exact, exact):",
    "the formula is used at fractional steps: that is another row than the network was trained with.",
    read="Convention of task 2.1")
edit("step_embedding", "step_embedding__floor", "share = (exact - exact.floor())[:, None]",
    "share = 0 * exact[:, None]",
    "fractions are cut off: between whole steps rows are interpolated.", read="What of task 2.1")
edit("step_embedding", "step_embedding__other_way_round", "torch.lerp(rows[0], rows[1], share)",
    "torch.lerp(rows[1], rows[0], share)",
    "the shares of the two rows are exchanged.", read="What of task 2.1")


# -------------------- 2.2 diffwave
edit("diffwave", "receptive_field__kernel_times", "1 + (kernel - 1) * sum(dilations)",
    "kernel * sum(dilations)",
    "each layer is counted with its whole kernel: it adds (kernel - 1) * dilation.", read="What of task 2.2")
edit("diffwave", "receptive_field__of_3", "(kernel - 1)", "2",
    "a kernel of 3 is taken for granted.", read="Given of task 2.2")
edit("diffwave", "forward__gate_and_content", "gate, content = y.chunk(2, dim=1)",
    "content, gate = y.chunk(2, dim=1)",
    "gate and content are exchanged: the first half of the channels is the gate.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__no_root", "(x + first) / math.sqrt(2)", "(x + first)",
    "the sum is not divided by the root of 2: the variance can double in each block.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__halved", "(x + first) / math.sqrt(2)", "(x + first) / 2",
    "the sum is divided by 2: variances add, so it is the root of 2.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__step_after",
    "self.dilated_conv(x + self.step_proj(step)[:, :, None])",
    "self.dilated_conv(x) + self.step_proj(step)[:, :, None].repeat(1, 2, 1)",
    "the step is added after the dilated convolution: it comes before.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__told_goes_on", "return (x + first) / math.sqrt(2), skip",
    "return (x + self.step_proj(step)[:, :, None] + first) / math.sqrt(2), skip",
    "the step is added to what goes on too: only the convolution sees it.",
    read="Convention of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__skip_and_next", "first, skip = self", "skip, first = self",
    "skip and what goes on are exchanged: the first half goes on.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__mel_before", "if mel is not None:\n            y = y + self.mel_proj(mel)",
    "if mel is not None:\n"
    "            told = x + self.step_proj(step)[:, :, None] + self.mel_proj(mel)[:, : x.shape[1]]\n"
    "            y = self.dilated_conv(told)",
    "the mel image is added before the dilated convolution.",
    read="What of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__mel_if_any", "if mel is not None:", "if mel is not None and mel.any():",
    "an image of zeros is taken for no image: its projection still has a bias.",
    read="Convention of task 2.2", replaces="ResidualBlock.forward")
edit("diffwave", "forward__mean_of_skips", "math.sqrt(len(skips))", "len(skips)",
    "skips are averaged: their sum is divided by the root of their number.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__sum_of_skips", "sum(skips) / math.sqrt(len(skips))", "sum(skips)",
    "the sum of the skips is not divided by the root of their number.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__last_x", "self.middle(total)", "self.middle(x)",
    "what the last block hands on is used instead of the skips.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__no_first_relu", "F.relu(self.enter(wave[:, None]))", "self.enter(wave[:, None])",
    "the ReLU after the first convolution is missing.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__no_last_relu", "self.leave(F.relu(self.middle(total)))",
    "self.leave(self.middle(total))",
    "the ReLU before the last convolution is missing.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__mel_forgotten", "x, skip = block(x, step, stretched)", "x, skip = block(x, step)",
    "the mel image is not given to the blocks.",
    read="What of task 2.2", replaces="DiffWave.forward")
edit("diffwave", "forward__whole_steps", "step_embedding(t, self.half)",
    "step_embedding(t.floor(), self.half)",
    "fractional steps are cut off before they are embedded.",
    read="Task 2.1", replaces="DiffWave.forward")


# -------------------- 2.3 fast_sampling
edit("fast_sampling", "aligned_steps__nearest",
    "return low + (root[low] - wanted) / (root[low] - root[low + 1])",
    "return (low + (root[low] - wanted) / (root[low] - root[low + 1])).round()",
    "steps are rounded to whole ones: 0, 1, 4, 10, 23, 43.", read="What of task 2.3")
edit("fast_sampling", "aligned_steps__of_alpha_bar", "alpha_bar.sqrt(), level.sqrt()", "alpha_bar, level",
    "alpha_bar itself is interpolated: it is its root that is linear between two steps.",
    read="What of task 2.3")
edit("fast_sampling", "aligned_steps__from_1", "return low + ", "return 1 + low + ",
    "steps are counted from 1, as in the paper: here alpha_bar[0] is step 0.", read="Convention of task 2.3")
edit("fast_sampling", "aligned_steps__from_above", "(root[low] - wanted) / ", "(wanted - root[low + 1]) / ",
    "the fraction is counted from the later step.", read="What of task 2.3")
edit("fast_sampling", "aligned_steps__nothing_refused",
    "(level > alpha_bar[0] + 1e-12).any() or (level < alpha_bar[-1] - 1e-12).any()",
    "len(betas) > len(alpha_bar)",
    "levels that training never had are not refused: the published code drops them and then uses wrong "
    "indices.",
    # lmnt-com/diffwave inference.py
    read="Given of task 2.3")
edit("fast_sampling", "aligned_steps__betas_for_levels", "level = (1 - betas).cumprod(dim=0)",
    "level = 1 - betas",
    "1 - beta is taken for the level: that is the product of all up to it.", read="What of task 2.3")
edit("fast_sampling", "fast_sample__told_0_to_5", "steps[s].to(x.dtype)", "torch.tensor(s).to(x.dtype)",
    "the model is told 0 to S - 1: it knows training's steps only, and the mean of the Gaussian is .3611.",
    read="What of task 2.3")
edit("fast_sampling", "fast_sample__long_levels", "level = (1 - betas).cumprod(dim=0).tolist()",
    "level = alpha_bar[steps.round().long()].tolist()",
    "the update uses training's levels: it goes by the short schedule alone.", read="What of task 2.3")
edit("fast_sampling", "fast_sample__beta_variance", "variance = (1 - level[s - 1]) / (1 - level[s]) * beta",
    "variance = beta",
    "the variance is beta: six steps then leave the deviation .2860 in the place of .1373.",
    read="What of task 2.3")
edit("fast_sampling", "fast_sample__noise_in_the_last_step", "if s > 0:", "if True:",
    "the last step asks for noise too: S - 1 are taken.", read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__reversed_noises", "iter(noises)",
    "iter(list(noises)[len(betas) - 2 :: -1])",
    "noises are taken from the end: the first belongs to the noisiest step.", read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__no_deviation", "math.sqrt(variance) * next(fresh)",
    "variance * next(fresh)",
    "noise is scaled by the variance: the deviation is its root.", read="What of task 2.3")
edit("fast_sampling", "fast_sample__least_noisy_first", "reversed(range(len(betas)))", "range(len(betas))",
    "steps are taken from the least noisy one: sampling begins at the noisiest.", read="What of task 2.3")
edit("fast_sampling", "fast_sample__clipped_at_the_end",
    "            if clip:\n                x = x.clamp(-1, 1)\n    return x",
    "    return x.clamp(-1, 1) if clip else x",
    "waves are clipped at the end alone: it is done after every step.", read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__clipped_before_the_noise",
    "            if s > 0:\n                variance = (1 - level[s - 1]) / (1 - level[s]) * beta\n"
    "                x = x + math.sqrt(variance) * next(fresh)\n"
    "            if clip:\n                x = x.clamp(-1, 1)",
    "            if clip:\n                x = x.clamp(-1, 1)\n"
    "            if s > 0:\n                variance = (1 - level[s - 1]) / (1 - level[s]) * beta\n"
    "                x = x + math.sqrt(variance) * next(fresh)",
    "the mean is clipped before the noise is added: a step is clipped when it is done.",
    read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__always_clipped", "if clip:", "if True:",
    "waves are clipped though nobody asked for it.", read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through the whole chain.", read="Convention of task 2.3")
edit("fast_sampling", "fast_sample__mel_forgotten", ".expand(len(x)), mel)", ".expand(len(x)), None)",
    "the model does not get the mel image.", read="Given of task 2.3")


# -------------------- 3.1 windows
edit("windows", "windowed_prediction__tail", "starts = window_starts(frames, window, hop)",
    "starts = [s for s in window_starts(frames, window, hop) if s % hop == 0]",
    "the end is not covered where the hop does not meet it: the last window ends flush.",
    read="Given of task 3.1")
edit("windows", "windowed_prediction__steps_interleaved", "t.repeat(len(starts))",
    "t.repeat_interleave(len(starts))",
    "steps are repeated one by one while windows are stacked one after the other: each window is told "
    "another clip's step.",
    read="Convention of task 3.1")
edit("windows", "windowed_prediction__first_step_for_all", "t.repeat(len(starts))",
    "t[:1].expand(len(starts) * b)",
    "all clips are told the first one's step.", read="Convention of task 3.1")
edit("windows", "windowed_prediction__sum", "return total / times", "return total",
    "predictions are added and not averaged.", read="What of task 3.1")
edit("windows", "windowed_prediction__over_all_windows", "return total / times", "return total / len(starts)",
    "the sum is divided by the number of all windows: each frame has its own number.",
    read="What of task 3.1")
edit("windows", "windowed_prediction__last_wins", "start + window] += prediction",
    "start + window] = times[start : start + window] * prediction + prediction",
    "each window overwrites the ones before it: frames get the mean.", read="What of task 3.1")
edit("windows", "windowed_prediction__first_wins", "return total / times",
    "firsts = torch.zeros_like(x_t)\n"
    "    for start, prediction in reversed(list(zip(starts, predictions, strict=True))):\n"
    "        firsts[..., start : start + window] = prediction\n"
    "    return firsts",
    "each frame keeps the first window's prediction: it gets the mean.", read="What of task 3.1")
edit("windows", "windowed_prediction__one_call_each",
    "predictions = model(parts, t.repeat(len(starts))).split(b)",
    "predictions = [model(part, t) for part in parts.split(b)]",
    "the model is called once for each window: all go in one call.", read="Convention of task 3.1")
edit("windows", "windowed_prediction__clips_mixed", ".split(b)",
    ".unflatten(0, (b, len(starts))).transpose(0, 1)",
    "results are unfolded as if windows of one clip stood side by side: clips of one window do.",
    read="Convention of task 3.1")


# -------------------- 4.1 factorised_attention
edit("factorised_attention", "space_attention__over_time", "rows = rearrange(x, \"b f n d -> (b f) n d\")\n"
    "    return rearrange(attend(rows, rows, rows, None), \"(b f) n d -> b f n d\", b=len(x))",
    "rows = rearrange(x, \"b f n d -> (b n) f d\")\n"
    "    return rearrange(attend(rows, rows, rows, None), \"(b n) f d -> b f n d\", b=len(x))",
    "space attention looks along time: it stays in its frame.", read="What of task 4.1")
edit("factorised_attention", "space_attention__unfolded_otherwise", "\"(b f) n d -> b f n d\", b=len(x)",
    "\"(f b) n d -> b f n d\", b=len(x)",
    "frames are unfolded in another order than they were folded in.", read="Convention of task 4.1")
edit("factorised_attention", "time_attention__reshaped",
    "rows = rearrange(x, \"b f n d -> (b n) f d\")\n"
    "    return rearrange(attend(rows, rows, rows, mask), \"(b n) f d -> b f n d\", b=len(x))",
    "b, f, n, d = x.shape\n"
    "    rows = x.reshape(b * n, f, d)\n"
    "    return attend(rows, rows, rows, mask).reshape(b, f, n, d)",
    "a reshape stands where axes must move: it has the right shape, and mixes places and frames.",
    read="Convention of task 4.1")
edit("factorised_attention", "time_attention__folded_back_otherwise", "\"(b n) f d -> b f n d\", b=len(x)",
    "\"(n b) f d -> b f n d\", b=len(x)",
    "places are unfolded in another order than they were folded in.", read="Convention of task 4.1")
edit("factorised_attention", "time_attention__no_mask", "attend(rows, rows, rows, mask)",
    "attend(rows, rows, rows, None)",
    "the mask is not passed on.", read="What of task 4.1")
edit("factorised_attention", "time_attention__forbidden", "rows = rearrange(x, \"b f n d -> (b n) f d\")",
    "rows = rearrange(x, \"b f n d -> (b n) f d\")\n    mask = None if mask is None else ~mask",
    "True is taken for \"may not look\": here it means may look.", read="Convention of task 4.1")
edit("factorised_attention", "joint_mask__images_see_the_clip", "mask[:frames, :frames] = True",
    "mask[:, :frames] = True",
    "images see the clip: each sees itself alone.", read="What of task 4.1")
edit("factorised_attention", "joint_mask__clip_sees_images", "mask[:frames, :frames] = True",
    "mask[:frames] = True",
    "frames see the images behind the clip.", read="What of task 4.1")
edit("factorised_attention", "joint_mask__images_see_nothing",
    "mask = torch.eye(frames + images, dtype=torch.bool)",
    "mask = torch.zeros(frames + images, frames + images, dtype=torch.bool)",
    "images see nothing, not even themselves: their softmax is NaN.", read="Convention of task 4.1")
edit("factorised_attention", "joint_mask__images_see_each_other", "    return mask",
    "    mask[frames:, frames:] = True\n    return mask",
    "images see each other: they have nothing to do with each other.", read="What of task 4.1")
edit("factorised_attention", "joint_mask__images_first", "mask[:frames, :frames] = True",
    "mask[images:, images:] = True",
    "the images come before the frames: they are put behind the clip.", read="What of task 4.1")
edit("factorised_attention", "joint_mask__additive", "    return mask",
    "    return torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)",
    "the mask is one to add, of 0 and -inf: it is asked for in True and False.",
    read="Convention of task 4.1")


# -------------------- 4.2 inflation
edit("inflation", "inflate_conv2d__not_divided", "expand(-1, -1, frames, -1, -1) / frames",
    "expand(-1, -1, frames, -1, -1)",
    "copies are not divided by their number: a still video comes out that many times too bright.",
    read="What of task 4.2")
edit("inflation", "inflate_conv2d__by_the_root", "expand(-1, -1, frames, -1, -1) / frames",
    "expand(-1, -1, frames, -1, -1) / frames**0.5",
    "copies are divided by the root of their number: on a still video they add up, so it is the number.",
    read="What of task 4.2")
edit("inflation", "inflate_conv2d__first_frame", "kernel[:, :, frames // 2] = weight",
    "kernel[:, :, 0] = weight",
    "the kernel stands in the first frame: that shifts the video in time.", read="What of task 4.2")
edit("inflation", "inflate_conv2d__centre_divided", "= weight\n", "= weight / frames\n",
    "the middle kernel is divided too: it is the only one.", read="What of task 4.2")
edit("inflation", "inflate_conv2d__time_last", "weight[:, :, None].expand(-1, -1, frames, -1, -1) / frames",
    "weight[..., None].expand(-1, -1, -1, -1, frames) / frames",
    "time is the last axis of the kernel: it stands before rows and columns.", read="Convention of task 4.2")
edit("inflation", "inflate_conv2d__even_numbers", "mode != \"centre\" or frames % 2 == 0",
    "mode != \"centre\"",
    "an even number of frames is not refused, though it has no middle.", read="Given of task 4.2")
edit("inflation", "forward__viewed", "rearrange(x, \"b c f h w -> (b f) c h w\")",
    "x.reshape(b * x.shape[2], x.shape[1], *x.shape[3:])",
    "a reshape stands where axes must move: it mixes channels and frames.",
    read="Convention of task 4.2", replaces="Pseudo3dConv.forward")
edit("inflation", "forward__along_rows", "\"(b f) c h w -> (b h w) c f\", b=b))\n"
    "        return rearrange(y, \"(b h w) c f -> b c f h w\", b=b, h=h)",
    "\"(b f) c h w -> (b f w) c h\", b=b))\n"
    "        return rearrange(y, \"(b f w) c h -> b c f h w\", b=b, f=x.shape[2])",
    "the second convolution goes along rows: it goes along frames.",
    read="What of task 4.2", replaces="Pseudo3dConv.forward")
edit("inflation", "forward__image_through_time", "return self.space(x)",
    "return self.time(self.space(x).flatten(2).mT.flatten(0, 1)[..., None])"
    ".view(len(x), -1, self.time.out_channels).mT.unflatten(2, x.shape[2:])",
    "images go through the second convolution too: they have no time.",
    read="Convention of task 4.2", replaces="Pseudo3dConv.forward")
edit("inflation", "forward__no_time", "y = self.time(rearrange(y, \"(b f) c h w -> (b h w) c f\", b=b))",
    "y = rearrange(y, \"(b f) c h w -> (b h w) c f\", b=b)",
    "the second convolution is left out: that shows only after training.",
    read="What of task 4.2", replaces="Pseudo3dConv.forward")
edit("inflation", "forward__still_skips", "if x.ndim == 4:", "if x.ndim == 5 and x.shape[2] == 1:\n"
    "            return self.space(x[:, :, 0])[:, :, None]\n        if x.ndim == 4:",
    "a video of one frame skips the second convolution: only images (b, c, h, w) do.",
    read="Convention of task 4.2", replaces="Pseudo3dConv.forward")
edit("inflation", "forward__added", "y = self.time(rearrange(y, \"(b f) c h w -> (b h w) c f\", b=b))",
    "y = rearrange(y, \"(b f) c h w -> (b h w) c f\", b=b)\n        y = y + self.time(y)",
    "the second convolution is added to what came in: it begins as the identity and replaces it.",
    read="What of task 4.2", replaces="Pseudo3dConv.forward")


# -------------------- 5.1 frame_noise
edit("frame_noise", "mixed_noise__no_root", "math.sin(angle) * shared + math.cos(angle) * own",
    "(shared + own / alpha if math.isinf(alpha) else alpha * shared + own)",
    "the sum is not divided by the root: its variance is 1 + alpha².", read="What of task 5.1")
edit("frame_noise", "mixed_noise__shares", "math.sin(angle) * shared + math.cos(angle) * own",
    "(shared if math.isinf(alpha) else (alpha * shared + own) / (1 + alpha))",
    "weights are alpha / (1 + alpha) and 1 / (1 + alpha): variances add, not deviations.",
    read="What of task 5.1")
edit("frame_noise", "mixed_noise__exchanged", "math.sin(angle) * shared + math.cos(angle) * own",
    "math.cos(angle) * shared + math.sin(angle) * own",
    "shared and own noise are exchanged: alpha belongs to the shared one.", read="What of task 5.1")
edit("frame_noise", "mixed_noise__not_a_number", "math.sin(angle) * shared + math.cos(angle) * own",
    "alpha / math.sqrt(1 + alpha**2) * shared + own / math.sqrt(1 + alpha**2)",
    "alpha = inf gives inf / inf, which is NaN.", read="Convention of task 5.1")
edit("frame_noise", "mixed_noise__over_the_batch", "math.sin(angle) * shared", "math.sin(angle) * shared[:1]",
    "all clips share the first one's noise: each clip has its own.", read="Given of task 5.1")
edit("frame_noise", "progressive_noise__first_damped", "frames = [own[:, 0]]",
    "frames = [math.cos(angle) * own[:, 0]]",
    "the first frame is damped too: nothing came before it, so its variance falls below 1.",
    read="Convention of task 5.1")
edit("frame_noise", "progressive_noise__previous_own", "for fresh in own[:, 1:].unbind(dim=1):\n"
    "        frames.append(math.sin(angle) * frames[-1]",
    "for before, fresh in zip(own[:, :-1].unbind(dim=1), own[:, 1:].unbind(dim=1), strict=True):\n"
    "        frames.append(math.sin(angle) * before",
    "the own noise of the frame before is taken, not its noise: frames two apart then share nothing.",
    read="What of task 5.1")
edit("frame_noise", "progressive_noise__no_root",
    "math.sin(angle) * frames[-1] + math.cos(angle) * fresh",
    "(frames[-1] if math.isinf(alpha) else alpha * frames[-1] + fresh)",
    "the sum is not divided by the root: the variance grows from frame to frame.", read="What of task 5.1")
edit("frame_noise", "progressive_noise__first_for_all", "math.sin(angle) * frames[-1]",
    "math.sin(angle) * frames[0]",
    "every frame shares with the first one: it is the one before it.", read="What of task 5.1")
edit("frame_noise", "progressive_noise__backwards", "return torch.stack(frames, dim=1)",
    "return torch.stack(frames[::-1], dim=1)",
    "frames come in the reverse order.", read="What of task 5.1")


# -------------------- 5.2 reconstruction_guidance
edit("reconstruction_guidance", "reconstruction_guidance__alpha_bar", "math.sqrt(alpha_bar) / 2",
    "alpha_bar / 2",
    "alpha_bar stands where its root belongs: the paper's alpha is the signal's factor, not its variance.",
    read="Convention of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__sigma", "math.sqrt(alpha_bar) / 2",
    "math.sqrt(1 - alpha_bar) / 2",
    "the noise's factor stands where the signal's belongs.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__not_halved", "math.sqrt(alpha_bar) / 2",
    "math.sqrt(alpha_bar)",
    "the factor 1/2 is missing, which takes the 2 of the square away.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__mean", ".square().sum()",
    ".square().nan_to_num().mean()",
    "the squared error is averaged: it is a sum, or guidance gets weaker with the size of the frames.",
    read="Convention of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__mean_of_clips", ".square().sum()",
    ".square().sum() / len(z)",
    "the sum is divided by the number of clips: each clip has its own.", read="Convention of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__plus", "x0.detach() - weight",
    "x0.detach() + weight",
    "the gradient is added: then known frames become less likely.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__not_through_the_model", "x0 = denoise(z)",
    "x0 = denoise(z.detach()) + 0 * z",
    "the gradient does not go through denoise: it is 0 then, and nothing happens.",
    read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__by_the_estimate",
    "(gradient,) = torch.autograd.grad(missed, z, materialize_grads=True)",
    "gradient = 2 * (x0.detach() - known).nan_to_num()",
    "the gradient is that by the estimate: it is by z, through denoise.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__known_not_put_back",
    "return torch.where(mask.view(-1, *[1] * (z.ndim - 2)), known, guided)",
    "return guided",
    "known frames are guided like the others: they are returned as they are.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__noisy_known", ", known, guided)",
    ", z.detach(), guided)",
    "known frames are returned with their noise.", read="What of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__unknown_kept", "torch.where(mask.view(",
    "torch.where(~mask.view(",
    "known and unknown frames are exchanged at the end: True is known.", read="Given of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__nan_times_0",
    "(known - x0)[:, mask].square().sum()",
    "((known - x0) * mask.view(-1, *[1] * (z.ndim - 2))).square().sum()",
    "unknown frames are multiplied by 0: where `known` is NaN there, everything becomes NaN.",
    read="Convention of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__nothing_recorded", "torch.enable_grad()",
    "torch.set_grad_enabled(torch.is_grad_enabled())",
    "nothing is recorded where the caller records nothing: guidance needs a gradient all the same.",
    read="Convention of task 5.2")
edit("reconstruction_guidance", "reconstruction_guidance__stays_recorded", "guided = x0.detach()",
    "guided = x0",
    "the graph of denoise hangs on the result: a chain of steps keeps them all.",
    read="Convention of task 5.2")


# -------------------- 6.1 space_time_patches
edit("space_time_patches", "patchify__channel_first", "-> b (f h w) (t p q c)", "-> b (f h w) (c t p q)",
    "the channel comes first inside a token: it comes last.", read="Convention of task 6.1")
edit("space_time_patches", "patchify__time_last_inside", "-> b (f h w) (t p q c)", "-> b (f h w) (p q t c)",
    "time comes after rows and columns inside a token: it comes first.", read="What of task 6.1")
edit("space_time_patches", "patchify__columns_first", "-> b (f h w) (t p q c)", "-> b (f w h) (t p q c)",
    "tokens go column by column: they go row by row.", read="What of task 6.1")
edit("space_time_patches", "patchify__viewed",
    "return rearrange(x, \"b c (f t) (h p) (w q) -> b (f h w) (t p q c)\", t=t, p=p, q=q)",
    "return x.reshape(len(x), -1, x.shape[1] * t * p * q)",
    "the video is cut as it lies in memory: axes must move before it is reshaped.", read="What of task 6.1")
edit("space_time_patches", "patchify__rest_cut_off",
    "if f % t or h % p or w % q:\n"
    "        raise ValueError(f\"patches of {patch} do not fill {tuple(x.shape[2:])}\")\n",
    "x = x[:, :, : f // t * t, : h // p * p, : w // q * q]\n",
    "what patches do not fill is cut off without a word.", read="Given of task 6.1")
edit("space_time_patches", "unpatchify__rows_and_columns",
    "rows, columns = h // p, w // q", "columns, rows = h // p, w // q",
    "the numbers of rows and columns are exchanged.", read="Hint 2 of task 6.1")
edit("space_time_patches", "unpatchify__channel_first", "(t p q c) ->", "(c t p q) ->",
    "the channel is expected first inside a token: it comes last.", read="Convention of task 6.1")
edit("space_time_patches", "positions__columns_first",
    "return torch.cartesian_prod(torch.arange(f), torch.arange(h), torch.arange(w))",
    "return torch.cartesian_prod(torch.arange(f), torch.arange(w), torch.arange(h))[:, [0, 2, 1]]",
    "positions go column by column: tokens go row by row.", read="What of task 6.1")
edit("space_time_patches", "positions__from_1",
    "return torch.cartesian_prod(torch.arange(f), torch.arange(h), torch.arange(w))",
    "return 1 + torch.cartesian_prod(torch.arange(f), torch.arange(h), torch.arange(w))",
    "positions are counted from 1.", read="When it works of task 6.1")


@naive("space_time_patches",
    "patches are cut out one by one, two thousand slices where one rearrange would do.")
def patchify__slice_by_slice(x, patch):
    (f, h, w), (t, p, q) = x.shape[2:], patch
    if f % t or h % p or w % q:
        raise ValueError(patch)
    tokens = []
    for i in range(0, f, t):
        for j in range(0, h, p):
            for k in range(0, w, q):
                tokens.append(x[:, :, i : i + t, j : j + p, k : k + q].permute(0, 2, 3, 4, 1).flatten(1))
    return torch.stack(tokens, dim=1)


# -------------------- 6.2 packing
edit("packing", "pack__next_fit", "for row, taken in enumerate(used) if taken + len(clip) <= capacity",
    "for row, taken in enumerate(used) if row == len(used) - 1 and taken + len(clip) <= capacity",
    "only the last row is tried: a clip goes into the first with room.", read="What of task 6.2")
edit("packing", "pack__longest_first", "    for clip in clips:\n        free =",
    "    for clip in sorted(clips, key=len, reverse=True):\n        free =",
    "clips are sorted first: they are taken in the order given, and place has that order.",
    read="What of task 6.2")
edit("packing", "pack__best_fit", "row = free[0] if free else len(used)",
    "row = max(free, key=used.__getitem__) if free else len(used)",
    "the fullest row with room is taken: it is the first one.", read="What of task 6.2")
edit("packing", "pack__worst_fit", "row = free[0] if free else len(used)",
    "row = min(free, key=used.__getitem__) if free else len(used)",
    "the emptiest row with room is taken: it is the first one.", read="What of task 6.2")
edit("packing", "pack__one_position_free", "taken + len(clip) <= capacity", "taken + len(clip) < capacity",
    "rows are never filled to the end.", read="What of task 6.2")
edit("packing", "pack__segments_from_0",
    "segment[row, start : start + len(clip)] = i\n",
    "segment[row, start : start + len(clip)] = sum(other[0] == row for other in place[:i])\n",
    "segments begin at 0 in every row: right for the mask, but the number is the clip's in the list.",
    read="Convention of task 6.2")
edit("packing", "pack__padding_0", "(len(used), capacity), -1,", "(len(used), capacity), 0,",
    "what is empty has segment 0, as the first clip has: it is -1.", read="Convention of task 6.2")
edit("packing", "pack__any_length", "any(not 1 <= len(clip) <= capacity for clip in clips)",
    "any(len(clip) > capacity for clip in clips)",
    "empty clips are not refused, though they have no place.", read="Given of task 6.2")
edit("packing", "pack__any_capacity", "capacity < 1 or any", "any",
    "a capacity below 1 is not refused where there are no clips.", read="Given of task 6.2")
edit("packing", "pack__start_after",
    "        place.append((row, used[row]))\n        used[row] += len(clip)\n",
    "        used[row] += len(clip)\n        place.append((row, used[row]))\n",
    "the place is where the clip ends: it is where it begins.", read="What of task 6.2")
edit("packing", "block_mask__padding_sees_padding", " & (segment >= 0)[:, :, None] | itself", "",
    "padding looks at all padding of its row: harmless to clips, but it looks at itself alone.",
    read="Convention of task 6.2")
edit("packing", "block_mask__padding_sees_nothing", " | itself", "",
    "padding looks at nothing: its softmax is NaN.", read="Convention of task 6.2")
edit("packing", "block_mask__causal", "return same &", "return same.tril() &",
    "no token looks at a later one: clips look at all of themselves.", read="What of task 6.2")
edit("packing", "block_mask__keys_only",
    "return same & (segment >= 0)[:, :, None] | itself",
    "return (segment >= 0)[:, None].expand_as(same) | itself",
    "only padding is hidden: clips of one row see each other.", read="What of task 6.2")
edit("packing", "block_mask__clip_0_as_padding", "segment >= 0", "segment > 0",
    "the first clip, number 0, is taken for padding.", read="Convention of task 6.2")
edit("packing", "block_mask__additive", "return same & (segment >= 0)[:, :, None] | itself",
    "return torch.zeros(same.shape).masked_fill(~(same & (segment >= 0)[:, :, None] | itself), -torch.inf)",
    "the mask is one to add, of 0 and -inf: it is asked for in True and False.",
    read="Convention of task 6.2")


# -------------------- 6.3 causal_conv
edit("causal_conv", "forward__both_sides",
    "cache = x[:, :, :1].expand(-1, -1, past, -1, -1)\n        padded = torch.cat([cache, x], dim=2)",
    "cache = x[:, :, :1].expand(-1, -1, past // 2, -1, -1)\n"
    "            x = torch.cat([x, x[:, :, -1:].expand(-1, -1, past - past // 2, -1, -1)], dim=2)\n"
    "        padded = torch.cat([cache, x], dim=2)",
    "frames are padded on both sides: the future leaks in.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__behind", "padded = torch.cat([cache, x], dim=2)",
    "padded = torch.cat([x, cache], dim=2)",
    "the copies stand behind the frames: each result then sees only what comes.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__zeros", "cache = x[:, :, :1].expand(-1, -1, past, -1, -1)",
    "cache = torch.zeros_like(x[:, :, :1]).expand(-1, -1, past, -1, -1)",  # lucidrains/magvit2-pytorch
    "zeros stand in front: then an image is not a still video, and the first frame is darker.",
    read="Convention of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__cache_of_the_piece", "padded[:, :, padded.shape[2] - past :]",
    "x[:, :, max(x.shape[2] - past, 0) :]",  # utensils/mold #744
    "the cache is cut from the piece alone: one frame leaves one, and seams show.",
    read="Convention of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__cache_forgotten", "if cache is None:", "if True:",
    "the first frame of every piece is copied again: its past is in the cache.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__one_copy_more", "past = self.conv.kernel_size[0] - 1",
    "past = self.conv.kernel_size[0]",
    "k frames stand in front instead of k - 1: there is one result too many.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__first_frames", "padded[:, :, padded.shape[2] - past :]", "padded[:, :, :past]",
    "the cache holds the first frames: the last ones are what comes before the next piece.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__last_frame_copied", "x[:, :, :1].expand", "x[:, :, -1:].expand",
    "copies of the last frame stand in front: it is the first.",
    read="What of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "forward__minus_0", "padded[:, :, padded.shape[2] - past :]", "padded[:, :, -past:]",
    "a kernel of one frame keeps everything: -0 is the beginning.",
    read="Convention of task 6.3", replaces="CausalConv3d.forward")
edit("causal_conv", "stream__no_cache", "y, cache = conv(chunk, cache)", "y, _ = conv(chunk)",
    "pieces know nothing of each other.", read="What of task 6.3")
edit("causal_conv", "stream__all_at_once", "    for chunk in chunks:", "    for chunk in list(chunks):",
    "all pieces are collected before the first result: a stream that never ends then has none.",
    read="What of task 6.3")
edit("causal_conv", "stream__old_cache", "y, cache = conv(chunk, cache)",
    "y, new = conv(chunk, cache)\n        cache = new if cache is None else cache",
    "the first piece's cache is used for all later ones.", read="What of task 6.3")
