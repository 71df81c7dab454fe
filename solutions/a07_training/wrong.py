"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in public code, a comment says where.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 warmup_cosine
# CS336 and transformers have it so.
edit("warmup_cosine", "warmup_cosine__first_rate_0", "peak * (step + 1) / warmup", "peak * step / warmup",
    "the warm-up is step / warmup: the first update then has rate 0, and its batch is wasted.",
    read="Convention of task 1.1")
# nanoGPT has it so.
edit("warmup_cosine", "warmup_cosine__one_more_in_the_line",
    "peak * (step + 1) / warmup", "peak * (step + 1) / (warmup + 1)",
    "the warm-up is (step + 1) / (warmup + 1): its last update then does not reach the peak.",
    read="Convention of task 1.1")
edit("warmup_cosine", "warmup_cosine__cosine_from_0",
    "u = (step - warmup) / (total - warmup)",
    "u = step / total",
    "the cosine counts from the run's first update: at the end of the warm-up the rate then jumps.",
    read="What of task 1.1")
edit("warmup_cosine", "warmup_cosine__length_with_warmup",
    "u = (step - warmup) / (total - warmup)", "u = (step - warmup) / total",
    "the cosine is as long as the whole run: at the end the rate is still far from the floor.",
    read="What of task 1.1")
edit("warmup_cosine", "warmup_cosine__rises_again",
    "if step >= total:",
    "if step >= total and warmup == total:",
    "the cosine goes on after the last update: the rate then rises again.",
    read="Convention of task 1.1")
edit("warmup_cosine", "warmup_cosine__floor_added", "floor + (peak - floor) *", "floor + peak *",
    "the floor is added to a cosine of full height: the rate begins above the peak.", read="What of task 1.1")
edit("warmup_cosine", "warmup_cosine__quarter_wave",
    "(1 + math.cos(math.pi * u)) / 2", "math.cos(math.pi / 2 * u)",
    "the cosine is a quarter of a wave: it comes down with a kink at the end, and is too high in between.",
    read="What of task 1.1")
edit("warmup_cosine", "warmup_cosine__divides_by_0", "if step >= total:", "if step > total:",
    "step `total` still belongs to the cosine: where the warm-up is the whole run it divides 0 by 0.",
    read="Convention of task 1.1")
edit("warmup_cosine", "warmup_cosine__unchecked",
    "if step < 0 or not 0 <= warmup <= total:", "if step < 0:",
    "a warm-up that is longer than the run, or below 0, is not refused.", read="Convention of task 1.1")


# -------------------- 1.2 adamw
# anhquan0412/basic_model_scratch, issue 2; torch.optim.Adam(weight_decay=) does this.
edit("adamw", "adamw_step__l2_in_the_gradient",
    "dtype = reduce(torch.promote_types, (x.dtype for x in (theta, g, m, v)))\n",
    "g, kept, decay = g.to(theta.dtype) + decay * theta, decay, 0.0\n"
    "    dtype = reduce(torch.promote_types, (x.dtype for x in (theta, g, m, v)))\n",
    "the decay is added to the gradient, as Adam with L2 does: it then goes through the averages, and is "
    "divided by the root of v.", read="Convention of task 1.2")
# torchani, issue 261; Kingma and Ba call it epsilon hat
edit("adamw", "adamw_step__epsilon_hat",
    "(v_hat.sqrt() + eps)",
    "(v_hat.sqrt() + eps / (1 - betas[1] ** step) ** 0.5)",
    "eps is added before the root of v is corrected (Kingma and Ba's \"epsilon hat\"): it then "
    "counts more at first.",
    read="Convention of task 1.2")
edit("adamw", "adamw_step__uncorrected",
    "m_hat, v_hat = m_w / (1 - betas[0] ** step), v_w / (1 - betas[1] ** step)", "m_hat, v_hat = m_w, v_w",
    "the averages are not corrected for beginning at 0: the first steps are then about three times as long.",
    read="What of task 1.2")
edit("adamw", "adamw_step__only_m_corrected", ", v_w / (1 - betas[1] ** step)", ", v_w",
    "only m is corrected, and v is not: the first step is then about 32 times as long.",
    read="What of task 1.2")
edit("adamw", "adamw_step__eps_in_the_root", "(v_hat.sqrt() + eps)", "(v_hat + eps).sqrt()",
    "eps is added inside the root: it then counts like a deviation of 1e-4.", read="Convention of task 1.2")
edit("adamw", "adamw_step__decay_without_lr", "(1 - lr * decay)", "(1 - decay)",
    "the decay is not multiplied by lr: a weight then shrinks by all of decay in each step.",
    read="Convention of task 1.2")
edit("adamw", "adamw_step__decay_after_the_step",
    "theta_w * (1 - lr * decay) - lr * m_hat / (v_hat.sqrt() + eps)",
    "(theta_w - lr * m_hat / (v_hat.sqrt() + eps)) * (1 - lr * decay)",
    "the weight decays after the step: then the step itself decays too.", read="What of task 1.2")
edit("adamw", "adamw_step__steps_from_0",
    "m_w / (1 - betas[0] ** step), v_w / (1 - betas[1] ** step)",
    "m_w / (1 - betas[0] ** (step - 1)), v_w / (1 - betas[1] ** (step - 1))",
    "the corrections count steps from 0: the first one divides by 0.", read="Convention of task 1.2")
edit("adamw", "adamw_step__squared_in_half", "(1 - betas[1]) * g_w.square()", "(1 - betas[1]) * g.square()",
    "the gradient is squared in its own dtype: 1e-4 squared is 0 in float16.", read="Convention of task 1.2")
edit("adamw", "adamw_step__all_in_the_weights_dtype",
    "return theta_w.to(theta.dtype), m_w.to(m.dtype), v_w.to(v.dtype)",
    "return theta_w.to(theta.dtype), m_w.to(theta.dtype), v_w.to(theta.dtype)",
    "m and v come back in the dtype of the weight: in bfloat16 they lose most of their digits.",
    read="Convention of task 1.2")
edit("adamw", "adamw_step__widened", "return theta_w.to(theta.dtype),", "return theta_w,",
    "the weight comes back in the widest dtype instead of its own.", read="Convention of task 1.2")
edit("adamw", "adamw_step__betas_exchanged", "m_w = betas[0] * m_w + (1 - betas[0]) * g_w",
    "m_w = betas[1] * m_w + (1 - betas[1]) * g_w",
    "m is averaged with the second beta, which belongs to v.", read="What of task 1.2")
edit("adamw", "adamw_step__in_place", "m_w = betas[0] * m_w + (1 - betas[0]) * g_w",
    "m_w = m_w.mul_(betas[0]).add_((1 - betas[0]) * g_w)",
    "m is changed in place: the caller's average is another one afterwards.", read="Convention of task 1.2")
edit("adamw", "decay_groups__by_the_name_bias",
    "matrices = [p for p in trained if p.ndim >= 2]\n    others = [p for p in trained if p.ndim < 2]",
    "biases = {id(p) for name, p in model.named_parameters() if name.endswith(\"bias\")}\n"
    "    matrices = [p for p in trained if id(p) not in biases]\n"
    "    others = [p for p in trained if id(p) in biases]",
    "the groups are made by the name \"bias\": the weights of norms then decay, and so does every scalar.",
    read="What of task 1.2")
edit("adamw", "decay_groups__tied_twice",
    "[p for p in model.parameters() if p.requires_grad]",
    "[p for part in model.modules() for p in part.parameters(recurse=False) if p.requires_grad]",
    "a tied weight is found once in each part that has it: an optimizer refuses it the second time.",
    read="What of task 1.2")
edit("adamw", "decay_groups__frozen_ones_too", " if p.requires_grad]", "]",
    "frozen parameters are in the groups: they are not trained, and take the optimizer's memory.",
    read="What of task 1.2")
edit("adamw", "decay_groups__others_decay", "\"weight_decay\": 0.0", "\"weight_decay\": decay",
    "both groups decay: biases and norms are pulled to 0 too.", read="What of task 1.2")
edit("adamw", "decay_groups__no_empty_group",
    "return [{\"params\": matrices, \"weight_decay\": decay}, {\"params\": others, \"weight_decay\": "
    "0.0}]",
    "groups = [{\"params\": matrices, \"weight_decay\": decay}, {\"params\": others, \"weight_decay\": "
    "0.0}]\n"
    "    return [group for group in groups if group[\"params\"]]",
    "a group without parameters is left out: who counts on two groups gets one.",
    read="What of task 1.2")


# -------------------- 1.3 clip_by_norm
edit("clip_by_norm", "clip_by_norm__each_by_itself",
    "        for g in gradients:\n            g.mul_(max_norm / norm)",
    "        for g in gradients:\n            own = g.double().norm().item()\n"
    "            g.mul_(min(1.0, max_norm / own if own else 1.0))",
    "each gradient is clipped by its own norm: the direction of all of them together then changes.",
    read="What of task 1.3")
edit("clip_by_norm", "clip_by_norm__square_compared", "max_norm < norm < math.inf",
    "max_norm < norm**2 < math.inf",
    "the square of the norm is compared with max_norm.", read="What of task 1.3")
edit("clip_by_norm", "clip_by_norm__by_value", "g.mul_(max_norm / norm)", "g.clamp_(-max_norm, max_norm)",
    "each value is clipped by itself, as clip_grad_value_ does: the direction then changes.",
    read="What of task 1.3")
# torchtitan PR 1258 and PixArt-alpha PR 160: model.parameters() is a generator.
edit("clip_by_norm", "clip_by_norm__exhausted", "        for g in gradients:\n",
    "        for g in [p.grad for p in parameters if p.grad is not None]:\n",
    "the parameters are gone through for the norm and then once more, but of an iterator nothing is left: "
    "nothing is clipped.", read="Given of task 1.3")
edit("clip_by_norm", "clip_by_norm__always_scaled",
    "if max_norm < norm < math.inf:",
    "if 0 < norm < math.inf:",
    "gradients are always scaled to max_norm: short ones then grow.",
    read="Convention of task 1.3")
edit("clip_by_norm", "clip_by_norm__norm_afterwards", "return norm", "return min(norm, max_norm)",
    "the norm after clipping is returned: the caller wants to know what the gradient was.",
    read="What of task 1.3")
edit("clip_by_norm", "clip_by_norm__sum_of_norms",
    "math.sqrt(sum(g.double().square().sum().item() for g in gradients))",
    "sum(g.double().square().sum().sqrt().item() for g in gradients)",
    "the norms of the gradients are added, 3 + 4 = 7: their squares are, and then one root is taken.",
    read="What of task 1.3")
edit("clip_by_norm", "clip_by_norm__in_their_own_dtype", "g.double().square()", "g.square()",
    "squares are formed in the gradients' own dtype: in float16 300 squared is infinite.",
    read="Convention of task 1.3")
# torch's clip_grad_norm_ does this.
edit("clip_by_norm", "clip_by_norm__infinity_spoils_all",
    "if max_norm < norm < math.inf:",
    "if not norm <= max_norm:",
    "an infinite norm clips too, as in torch: finite gradients become 0, and the infinite one NaN.",
    read="Convention of task 1.3")
edit("clip_by_norm", "clip_by_norm__squared_norm",
    "math.sqrt(sum(g.double().square().sum().item() for g in gradients))",
    "float(sum(g.double().square().sum().item() for g in gradients))",
    "the root is missing: this is the square of the norm.", read="What of task 1.3")
edit("clip_by_norm", "clip_by_norm__new_tensors",
    "        for g in gradients:\n"
    "            g.mul_(max_norm / norm)",
    "        gradients = [g * (max_norm / norm) for g in gradients]",
    "the clipped gradients are new tensors that nobody sees (each .grad must change, with mul_ or by "
    "assignment), or a second loop went over a generator that the first one had emptied.",
    read="What of task 1.3")


# -------------------- 2.1 LossScaler
# Pytorch-UNet issue 468, pytorch/examples issue 1196
edit("LossScaler", "LossScaler__clipped_before_unscaling",
    "gradients, finite = self.unscale([p.grad for p in trained])",
    "clip_by_norm(trained, max_norm)\n"
    "        gradients, finite = self.unscale([p.grad for p in trained])",
    "the scaled gradients are clipped: after unscaling their norm is max_norm / scale, and "
    "nearly nothing moves.",
    read="What of task 2.1", replaces="LossScaler.scaled_step")
edit("LossScaler", "LossScaler__divided_in_half",
    "[g.float() / self.scale for g in gradients]", "[(g / self.scale).float() for g in gradients]",
    "gradients are divided in their own dtype: in float16 nearly all of them become 0 or 5.96e-8.",
    read="Convention of task 2.1", replaces="LossScaler.unscale")
edit("LossScaler", "LossScaler__first_gradient_only",
    "all(bool(g.isfinite().all()) for g in unscaled)", "bool(unscaled[0].isfinite().all())",
    "only the first gradient is asked whether it is finite.", read="What of task 2.1",
    replaces="LossScaler.unscale")
edit("LossScaler", "LossScaler__any_finite",
    "all(bool(g.isfinite().all()) for g in unscaled)", "all(bool(g.isfinite().any()) for g in unscaled)",
    "one finite value is enough for a gradient: every value of it must be.", read="What of task 2.1",
    replaces="LossScaler.unscale")
edit("LossScaler", "LossScaler__nan_only",
    "bool(g.isfinite().all())", "not bool(g.isnan().any())",
    "only NaN counts as bad: infinities, which an overflow gives first, are let through.",
    read="What of task 2.1", replaces="LossScaler.unscale")
edit("LossScaler", "LossScaler__multiplied",
    "[g.float() / self.scale for g in gradients]", "[g.float() * self.scale for g in gradients]",
    "the gradients are multiplied by the scale once more instead of divided.", read="What of task 2.1",
    replaces="LossScaler.unscale")
edit("LossScaler", "LossScaler__good_not_reset_by_a_bad_step",
    "self.scale, self.good = self.scale * self.backoff, 0", "self.scale = self.scale * self.backoff",
    "a bad step leaves the count of good ones: they must be in a row.", read="What of task 2.1",
    replaces="LossScaler.update")
edit("LossScaler", "LossScaler__one_step_later",
    "if self.good == self.interval:", "if self.good > self.interval:",
    "the scale grows one step later, after interval + 1 good ones.", read="What of task 2.1",
    replaces="LossScaler.update")
edit("LossScaler", "LossScaler__good_not_reset_by_growth",
    "            self.good = 0\n", "            self.good = self.interval - 1\n",
    "the count goes on after a growth: then the scale grows in every good step.", read="What of task 2.1",
    replaces="LossScaler.update")
edit("LossScaler", "LossScaler__grows_beyond_float32",
    "if torch.tensor(grown, dtype=torch.float32).isfinite():",
    "if grown == grown:",
    "the scale grows beyond float32: the scaled loss is then infinite for ever.",
    read="Convention of task 2.1", replaces="LossScaler.update")
edit("LossScaler", "LossScaler__halves_and_doubles",
    "self.scale * self.backoff", "self.scale / 2",
    "a bad step halves the scale whatever `backoff` says.", read="Given of task 2.1",
    replaces="LossScaler.update")
edit("LossScaler", "LossScaler__never_below_1",
    "self.scale * self.backoff, 0", "max(self.scale * self.backoff, 1.0), 0",
    "the scale is kept from falling below 1, as by Apex's min_loss_scale: downwards there is no end.",
    read="Convention of task 2.1", replaces="LossScaler.update")
edit("LossScaler", "LossScaler__steps_with_nan",
    "        if finite:\n            for i, p in", "        if True:\n            for i, p in",
    "the step is made although a gradient is not finite: the weights are NaN from then on.",
    read="What of task 2.1", replaces="LossScaler.scaled_step")
edit("LossScaler", "LossScaler__zeros_for_a_bad_step",
    "        if finite:\n"
    "            for i, p in",
    "        gradients = gradients if finite else [0 * g.nan_to_num(0, 0, 0) for g in gradients]\n"
    "        if True:\n"
    "            for i, p in",
    "a bad step is made with gradients of 0: the optimizer's averages and its count of steps "
    "move all the same.",
    read="Convention of task 2.1", replaces="LossScaler.scaled_step")
edit("LossScaler", "LossScaler__scale_not_updated", "        self.update(finite)\n", "",
    "scaled_step does not update the scale: after an overflow all following steps overflow too.",
    read="What of task 2.1", replaces="LossScaler.scaled_step")
edit("LossScaler", "LossScaler__not_clipped",
    "            clip_by_norm(trained, max_norm)  # the norm of the real gradient, not of the "
    "scaled one\n",
    "",
    "the gradients are not clipped.",
    read="What of task 2.1", replaces="LossScaler.scaled_step")
edit("LossScaler", "LossScaler__not_unscaled",
    "                p.grad = gradients[i]\n",
    "                pass\n",
    "the unscaled gradients do not reach .grad: the step is made with the scaled ones.",
    read="What of task 2.1", replaces="LossScaler.scaled_step")


# -------------------- 2.2 stochastic_round
edit("stochastic_round", "stochastic_round__turned_round",
    "away = uniform < low / 65536",
    "away = uniform > low / 65536",
    "the comparison is the other way round: the neighbour away from zero then has the share 1 - f.",
    read="What of task 2.2")
edit("stochastic_round", "stochastic_round__noise_as_a_float",
    "    bits = x.view(torch.int32)\n",
    "    x = torch.where(x.isfinite(), x + (uniform.float() - 0.5) * 2**-7, x)\n"
    "    return x.bfloat16()\n"
    "    bits = x.view(torch.int32)\n",
    "noise as wide as the spacing at 1 is added to every value: the spacing belongs to each "
    "value's own power of two.",
    read="Convention of task 2.2")
edit("stochastic_round", "stochastic_round__noise_and_then_nearest",
    "    rounded = bits - low + away.int() * 65536  # a carry goes into the exponent, as it should\n",
    "    rounded = bits + ((1 - uniform.double()) * 65535).int()\n",
    "noise is added to the lower bits and the sum is then rounded to the nearest: that rounds "
    "twice, and is half a unit too large in the mean.",
    read="Hint 2 of task 2.2")
edit("stochastic_round", "stochastic_round__noise_and_then_cut",
    "    rounded = bits - low + away.int() * 65536  # a carry goes into the exponent, as it should\n",
    "    rounded = (bits + (uniform.double() * 65536).int()) & -65536\n",
    "noise is added to the lower bits, which are then cut off: that is the right law, but by 1 - uniform, "
    "and here the neighbour away from zero is due where uniform < f.",
    read="What of task 2.2")
edit("stochastic_round", "stochastic_round__downwards",
    "away = uniform < low / 65536",
    "f = low / 65536\n"
    "    away = torch.where(x < 0, (uniform >= 1 - f) & (low > 0), uniform < f)",
    "negative values are treated as if they were cut downwards: -x must round as x does, with "
    "the same uniforms.",
    read="Convention of task 2.2")
edit("stochastic_round", "stochastic_round__one_uniform",
    "away = uniform < low / 65536", "away = uniform.flatten()[0] < low / 65536",
    "one uniform decides for all values: their errors then add up instead of averaging out.",
    read="Given of task 2.2")
edit("stochastic_round", "stochastic_round__nan_carried",
    "torch.where(x.isfinite(), rounded.view(torch.float32), x)",
    "torch.where(x.isinf(), x, rounded.view(torch.float32))",
    "NaN go through the bits too: some of them become infinite when their payload is cut, or "
    "zero by a carry.",
    read="Convention of task 2.2")
edit("stochastic_round", "stochastic_round__nearest",
    "return torch.where(x.isfinite(), rounded.view(torch.float32), x).bfloat16()", "return x.bfloat16()",
    "x is rounded to the nearest: 0.001 added to 1 then never counts.", read="Why of task 2.2")
edit("stochastic_round", "stochastic_round__even_chances",
    "away = uniform < low / 65536", "away = (uniform < 0.5) & (low > 0)",
    "both neighbours are equally likely, however near one of them is: the mean is then not x.",
    read="What of task 2.2")
edit("stochastic_round", "stochastic_round__equal_too",
    "away = uniform < low / 65536",
    "away = uniform <= low / 65536",
    "a uniform that equals f, the lower 16 bits over 65536, rounds away too: it is cut.",
    read="What of task 2.2")
edit("stochastic_round", "stochastic_round__in_float32",
    "torch.where(x.isfinite(), rounded.view(torch.float32), x).bfloat16()",
    "torch.where(x.isfinite(), rounded.view(torch.float32), x)",
    "the result is still float32: the values are right, and the memory is not saved.",
    read="Given of task 2.2")
edit("stochastic_round", "stochastic_round__cut",
    "bits - low + away.int() * 65536", "bits - low",
    "the lower bits are only cut off: every value moves towards zero.", read="What of task 2.2")


# -------------------- 3.1 accumulate
# transformers before PR 34191, Keras issue 20241
edit("accumulate", "accumulate__mean_of_means",
    "        if n:\n"
    "            losses.backward()\n"
    "        total += losses.item()\n"
    "        count += n\n",
    "        if n:\n"
    "            (losses / n).backward()\n"
    "            total += losses.item() / n\n"
    "            count += 1\n",
    "the means of the batches are averaged: a batch in which little counts then counts as much "
    "as a full one.",
    read="Why of task 3.1")
edit("accumulate", "accumulate__means_added",
    "        if n:\n"
    "            losses.backward()\n"
    "        total += losses.item()\n"
    "        count += n\n",
    "        if n:\n"
    "            (losses / n).backward()\n"
    "            total += losses.item() / n\n"
    "            count = 1\n",
    "the means of the batches are added up: the gradient grows with the number of batches.",
    read="What of task 3.1")
# XLM issue 217: "Adam does not mind", but clipping does.
edit("accumulate", "accumulate__sums",
    "    for p in model.parameters():\n"
    "        if p.grad is not None:\n"
    "            p.grad.div_(count)\n",
    "",
    "the gradients are those of the sum and not of the mean: clipping then sees a norm that is "
    "far too large.",
    read="What of task 3.1")
edit("accumulate", "accumulate__sum_returned", "return total / count", "return total",
    "the sum of the losses is returned instead of their mean.", read="What of task 3.1")
edit("accumulate", "accumulate__divided_by_batches",
    "count += n\n",
    "count += 1 if n else 0\n",
    "the sums are divided by the number of batches instead of by the number of losses.",
    read="What of task 3.1")
edit("accumulate", "accumulate__rows_that_do_not_count",
    "count += n\n", "count += len(batch[0]) if n else 0\n",
    "the sum is divided by all rows, those included that do not count.", read="Given of task 3.1")
edit("accumulate", "accumulate__gradients_of_before", "    model.zero_grad()\n", "",
    "the gradients that were there before are counted too.", read="Convention of task 3.1")
edit("accumulate", "accumulate__cleared_each_time",
    "        losses, n = loss(model, batch)\n",
    "        model.zero_grad()\n"
    "        losses, n = loss(model, batch)\n",
    "gradients are cleared before each batch: only the last one's is left.",
    read="What of task 3.1")
edit("accumulate", "accumulate__last_loss", "total += losses.item()", "total = losses.item()",
    "the loss of the last batch alone is returned, over the count of all.", read="What of task 3.1")
edit("accumulate", "accumulate__list_first",
    "    for batch in batches:\n", "    number = sum(1 for _ in batches)\n    for batch in batches:\n",
    "the batches are counted before they are used: an iterator has none left after that.",
    read="Given of task 3.1")
edit("accumulate", "accumulate__empty_backed",
    "        if n:\n            losses.backward()\n", "        losses.backward()\n",
    "backward is called for a batch in which nothing counts: its sum may have no graph.",
    read="Convention of task 3.1")
edit("accumulate", "accumulate__nothing_refused",
    "    if not count:\n"
    "        raise ValueError(\"no loss in any batch\")\n",
    "    if not count:\n"
    "        return 0.0\n",
    "batches in which nothing counts give a loss of 0 instead of a ValueError.",
    read="Convention of task 3.1")


# -------------------- 3.2 checkpointed
# PIDM PR 66, OLMo-core PR 828, pytorch PR 14253
edit("checkpointed", "checkpointed__other_dropout", "            torch.set_rng_state(ctx.random)\n", "",
    "the second run draws its own random numbers: the gradient belongs to another dropout than the result.",
    read="Convention of task 3.2")
edit("checkpointed", "checkpointed__generator_left_behind", "            torch.set_rng_state(now)\n", "",
    "after the backward pass torch's generator stands where the forward pass left it: what follows repeats "
    "its draws.", read="Convention of task 3.2")
edit("checkpointed", "checkpointed__random_state_too_late",
    "            ctx.random = torch.get_rng_state()\n            return block(x)\n",
    "            y = block(x)\n            ctx.random = torch.get_rng_state()\n            return y\n",
    "the random state is noted after the first run: the second one then draws the numbers that follow.",
    read="Convention of task 3.2")
edit("checkpointed", "checkpointed__gradients_in_the_first_run",
    "            return block(x)\n",
    "            with torch.enable_grad():\n                return block(x).detach()\n",
    "the block records gradients in its first run, as in torch's own checkpoint with use_reentrant=False: "
    "the page asks for a first run without.", read="Convention of task 3.2")
edit("checkpointed", "checkpointed__detached",
    "return torch.autograd.grad(y, (x, *weights), by_y, allow_unused=True)",
    "return None, *torch.autograd.grad(y, weights, by_y, allow_unused=True)",
    "x has no gradient: what comes before the block does not learn.", read="What of task 3.2")
edit("checkpointed", "checkpointed__only_x_is_an_argument",
    "    return Again.apply(x, *weights)",
    "    class Alone(Again):\n"
    "        @staticmethod\n"
    "        def backward(ctx: Any, by_y: Tensor) -> Any:\n"
    "            found = Again.backward(ctx, by_y)\n"
    "            for p, g in zip(weights, found[1:]):\n"
    "                if g is not None:\n"
    "                    p.grad = g if p.grad is None else p.grad + g\n"
    "            return found[0]\n\n"
    "    return Alone.apply(x)",
    "only x is an argument of the Function: where x needs no gradient, the parameters get none either.",
    read="Convention of task 3.2")
edit("checkpointed", "checkpointed__weights_twice",
    "            return torch.autograd.grad(y, (x, *weights), by_y, allow_unused=True)",
    "            found = torch.autograd.grad(y, (x, *weights), by_y, allow_unused=True)\n"
    "            for p, g in zip(weights, found[1:]):\n"
    "                if g is not None:\n"
    "                    p.grad = g.clone() if p.grad is None else p.grad + g\n"
    "            return found",
    "the parameters' gradients are written to .grad and returned too: they count twice.",
    read="What of task 3.2")
edit("checkpointed", "checkpointed__ones_come_back",
    "torch.autograd.grad(y, (x, *weights), by_y, allow_unused=True)",
    "torch.autograd.grad(y.sum(), (x, *weights), allow_unused=True)",
    "the gradient of the sum of y is returned: what comes back to y must be passed on.",
    read="What of task 3.2")
@wrong(
    "checkpointed",
    "the block records gradients in its first run, as in torch's own checkpoint with use_reentrant=False: "
    "the page asks for a first run without.",
    read="Convention of task 3.2",
)
def checkpointed__torchs_own(block, x):
    from torch.utils.checkpoint import checkpoint

    return checkpoint(block, x, use_reentrant=False)
@wrong(
    "checkpointed",
    "the gradients come with backward() alone, as in torch's own checkpoint with use_reentrant=True: "
    "torch.autograd.grad raises.",
    read="Convention of task 3.2",
)
def checkpointed__reentrant(block, x):
    from torch.utils.checkpoint import checkpoint

    always = torch.ones((), requires_grad=True)
    return checkpoint(lambda _, inputs: block(inputs), always, x, use_reentrant=True)
edit("checkpointed", "checkpointed_chain__one_piece",
    "    for i in range(segments):\n", "    segments = 1\n    for i in range(segments):\n",
    "the whole chain is one piece, whatever `segments` says: then all its insides come back at once.",
    read="What of task 3.2")
edit("checkpointed", "checkpointed_chain__rest_in_the_last",
    "blocks[i * n // segments : (i + 1) * n // segments]",
    "blocks[i * (n // segments) : (i + 1) * (n // segments) if i < segments - 1 else n]",
    "all pieces have n // segments blocks and the last one has the rest too: their lengths then "
    "differ by more than 1.",
    read="Convention of task 3.2")
edit("checkpointed", "checkpointed_chain__as_torch_chunk",
    "        piece = blocks[i * n // segments : (i + 1) * n // segments]\n",
    "        size = -(-n // segments)\n        piece = blocks[i * size : (i + 1) * size]\n",
    "all pieces have ceil(n / segments) blocks, as torch.chunk's have: the last ones are short or empty.",
    read="Convention of task 3.2")
edit("checkpointed", "checkpointed_chain__unchecked", "if not 1 <= segments <= n:", "if segments < 1:",
    "more pieces than blocks are not refused: some of them are empty.", read="Convention of task 3.2")
edit("checkpointed", "checkpointed_chain__pieces_of_that_length",
    "    for i in range(segments):\n        piece = blocks[i * n // segments : (i + 1) * n // segments]\n",
    "    for i in range(0, n, segments):\n        piece = blocks[i : i + segments]\n",
    "`segments` is taken for the length of a piece: it is the number of pieces.", read="What of task 3.2")


# -------------------- 4.1 power_ema
edit("power_ema", "power_gamma__first_root", ".real.max())", ".real[0])",
    "the first root of the cubic is taken, which lies far below 0.", read="What of task 4.1")
edit("power_ema", "power_gamma__plus_1",
    "    return float(np.roots([1, 7, 16 - t, 12 - t])",
    "    return 1 + float(np.roots([1, 7, 16 - t, 12 - t])",
    "gamma + 1 is returned instead of gamma.",
    read="What of task 4.1")
edit("power_ema", "power_gamma__long_averages_taken",
    "if not 0 < sigma_rel <= 12**-0.5:",
    "if not 0 < sigma_rel <= 0.300283:",
    "deviations up to 0.3003 are taken: there gamma is below 0, and old weights count more than "
    "new ones.",
    read="Convention of task 4.1")
edit("power_ema", "power_gamma__unchecked_below",
    "if not 0 < sigma_rel <= 12**-0.5:",
    "if sigma_rel > 12**-0.5:",
    "a deviation of 0 and below is not refused.",
    read="Convention of task 4.1")
edit("power_ema", "power_gamma__float32", "t = sigma_rel**-2", "t = float(np.float32(sigma_rel) ** -2)",
    "the exponent is worked out in float32: it has seven digits then.", read="Given of task 4.1")
edit("power_ema", "power_beta__without_1", "** (gamma + 1)", "** gamma",
    "the exponent of beta is gamma instead of gamma + 1.", read="What of task 4.1")
edit("power_ema", "power_beta__one_step_later", "(1 - 1 / step)", "(1 - 1 / (step + 1))",
    "beta is that of the step after this one: the initial weights then stay in the average.",
    read="Convention of task 4.1")
edit("power_ema", "power_beta__exchanged",
    "return (1 - 1 / step) ** (gamma + 1)",
    "return 1 - (1 - 1 / step) ** (gamma + 1)",
    "the share of the new weights is returned: beta is what the average keeps of itself.",
    read="What of task 4.1")
edit("power_ema", "posthoc_weights__exponent_of_the_shorter",
    "torch.where(late, g[:, None], g)", "torch.where(late, g, g[:, None])",
    "the ratio of the ends has the exponent of the shorter profile: it is the longer one that is "
    "small up to there.",
    read="What of task 4.1")
edit("power_ema", "posthoc_weights__not_divided", "return w / w.sum()", "return w",
    "the weights are not divided by their sum: networks come out a few percent too small.",
    read="Convention of task 4.1")
edit("power_ema", "posthoc_weights__clamped",
    "return w / w.sum()",
    "return w.clamp(min=0) / w.clamp(min=0).sum()",
    "negative weights are set to 0: they are what makes other lengths possible.",
    read="Convention of task 4.1")
edit("power_ema", "posthoc_weights__not_solved",
    "w = torch.linalg.solve(products[:-1, :-1], products[:-1, -1])",
    "w = products[:-1, -1].clone()",
    "the products with the wanted profile are used as weights: stored profiles overlap, so a "
    "system must be solved.",
    read="What of task 4.1")
edit("power_ema", "posthoc_weights__wrong_length", "* longer)", "* shorter)",
    "the integral is divided by the shorter end instead of the longer one.", read="What of task 4.1")


# -------------------- 5.1 rewind
# pytorch/tutorials PR 188, OpenKE PR 131
edit("rewind", "capture__not_copied",
    "copy.deepcopy(states)",
    "states",
    "the states are kept without a copy: state_dict() gives the tensors themselves, and training "
    "goes on in them.",
    read="Convention of task 5.1")
edit("rewind", "capture__copied_at_the_top",
    "copy.deepcopy(states)",
    "{\n"
    "        name: state.clone() if torch.is_tensor(state) else\n"
    "        {key: one.clone() if torch.is_tensor(one) else copy.copy(one) for key, one in state.items()}\n"
    "        for name, state in states.items()\n"
    "    }",
    "only the tensors at the top of each state are copied: those inside an optimizer's state are still "
    "the ones that training writes into.",
    read="Convention of task 5.1")
edit("rewind", "rewind__not_copied",
    "states = copy.deepcopy(saved[\"parts\"])",
    "states = saved[\"parts\"]",
    "the states are loaded without a copy: the optimizer keeps these very tensors, so the second "
    "rewind is wrong.",
    read="Convention of task 5.1")
edit("rewind", "rewind__without_torchs_generator", "    torch.set_rng_state(saved[\"random\"])\n", "",
    "torch's own generator is not set back: dropout draws other numbers than in the captured run.",
    read="What of task 5.1")
# ms-swift PR 9935
edit("rewind", "rewind__seeded_anew",
    "torch.set_rng_state(saved[\"random\"])",
    "torch.manual_seed(int(saved[\"random\"][0]))",
    "torch's generator is seeded instead of set back: it then draws what some run draws first.",
    read="What of task 5.1")
edit("rewind", "rewind__generators_forgotten",
    "            part.set_state(states[name])\n",
    "            pass\n",
    "generators among the parts are left as they are: the run goes on with other noise.",
    read="What of task 5.1")
# the_well issue 77
edit("rewind", "rewind__schedule_forgotten", "            part.load_state_dict(states[name])\n",
    "            if not isinstance(part, torch.optim.lr_scheduler.LRScheduler):\n"
    "                part.load_state_dict(states[name])\n",
    "the schedule is not set back: its next step gives the rate of another update.", read="What of task 5.1")
edit("rewind", "rewind__buffers_forgotten", "            part.load_state_dict(states[name])\n",
    "            state = states[name]\n"
    "            if isinstance(part, torch.nn.Module):\n"
    "                own = dict(part.named_buffers())\n"
    "                state = {key: own.get(key, value) for key, value in state.items()}\n"
    "            part.load_state_dict(state)\n",
    "buffers are not set back: losses are right, and the model's running statistics are not.",
    read="Why of task 5.1")
edit("rewind", "rewind__names_not_compared",
    "if saved[\"parts\"].keys() != parts.keys():", "if not saved[\"parts\"].keys() >= parts.keys():",
    "a part that is missing is not noticed: it goes on as it is.", read="Convention of task 5.1")
edit("rewind", "rewind__names_compared_too_late",
    "    if saved[\"parts\"].keys() != parts.keys():\n"
    "        raise ValueError(f\"captured {sorted(saved['parts'])}, asked for {sorted(parts)}\")\n",
    "    for name, part in parts.items():\n"
    "        if name in saved[\"parts\"] and not isinstance(part, torch.Generator):\n"
    "            part.load_state_dict(copy.deepcopy(saved[\"parts\"][name]))\n"
    "    if saved[\"parts\"].keys() != parts.keys():\n"
    "        raise ValueError(f\"captured {sorted(saved['parts'])}, asked for {sorted(parts)}\")\n",
    "the names are compared when some parts have been changed already.", read="Convention of task 5.1")
edit("rewind", "capture__state_of_numpy",
    "\"random\": torch.get_rng_state()}",
    "\"random\": torch.get_rng_state(), \"numpy\": __import__(\"numpy\").random.RandomState(0).get_state()}",
    "numpy's random state is in the capture: torch.load with weights_only=True refuses it.",
    read="Convention of task 5.1")


# -------------------- 5.2 save_atomically
edit("save_atomically", "save_atomically__directly",
    "    disk.write(part, data)\n    disk.flush(part)\n    disk.rename(part, name)\n",
    "    disk.write(name, data)\n    disk.flush(name)\n",
    "the file is written under its own name: when the power fails before the flush, half of it is there.",
    read="What of task 5.2")
edit("save_atomically", "save_atomically__never_flushed", "    disk.flush(part)\n", "",
    "the file is renamed before it is flushed: the name then has a file of which any part may be lost.",
    read="What of task 5.2")
edit("save_atomically", "save_atomically__flushed_afterwards",
    "    disk.flush(part)\n"
    "    disk.rename(part, name)\n",
    "    disk.rename(part, name)\n"
    "    disk.flush(name)\n",
    "the flush comes after the rename: between the two the name has a file that is not safe.",
    read="What of task 5.2")
edit("save_atomically", "save_atomically__removed_first",
    "    disk.rename(part, name)\n",
    "    if name in disk.names():\n        disk.remove(name)\n    disk.rename(part, name)\n",
    "the old file is removed before the new one has its name: in between there is none.",
    read="Hint 1 of task 5.2")
edit("save_atomically", "save_atomically__not_renamed", "    disk.rename(part, name)\n", "",
    "the new file keeps its other name: under the right one the old bytes stay.", read="What of task 5.2")
edit("save_atomically", "save_atomically__both_written",
    "    disk.rename(part, name)\n", "    disk.write(name, data)\n    disk.flush(name)\n",
    "the file is written a second time under its own name: there half of it may be left.",
    read="What of task 5.2")
edit("save_atomically", "save_atomically__left_as_it_is",
    "    disk.write(part, data)\n", "    if part not in disk.names():\n        disk.write(part, data)\n",
    "a file that stands under the other name is taken for these bytes: an earlier crash may have left it.",
    read="Convention of task 5.2")
edit("save_atomically", "save_atomically__complete_kept",
    "    part = f\"{name}.part\"\n",
    "    if name in disk.names() and is_complete(disk.read(name)):\n        return\n"
    "    part = f\"{name}.part\"\n",
    "a complete file of that name is left as it is: it has the old bytes, and the new ones are lost.",
    read="What of task 5.2")
# FARM PR 282, strands-labs/robots PR 3165
edit("save_atomically", "newest__by_text", "key=lambda name: numbers[name]", "key=lambda name: name",
    "names are compared as text: step-9 comes after step-10.", read="Convention of task 5.2")
edit("save_atomically", "newest__by_length_and_text",
    "key=lambda name: numbers[name]", "key=lambda name: (len(name), name)",
    "names are compared by length, then as text: step-0007 then comes after step-10.",
    read="Convention of task 5.2")
# Lightning issues 688 and 19970
edit("save_atomically", "newest__incomplete_taken", " if is_complete(disk.read(name))]", "]",
    "a file that is not complete is taken: a run that was killed while it wrote cannot go on.",
    read="What of task 5.2")
edit("save_atomically", "newest__last_of_the_list",
    "max(complete, key=lambda name: numbers[name], default=None)",
    "complete[-1] if complete else None",
    "the last name in the list is taken: the list has no order of steps.",
    read="Convention of task 5.2")
edit("save_atomically", "newest__anything_that_begins_so", "re.fullmatch(r\"step-\\d+\", name)",
    "re.match(r\"step-\\d+\", name)",
    "names that only begin like a checkpoint's are taken too: step-11.part is none.", read="What of task 5.2")
edit("save_atomically", "newest__no_leading_zeros", "step-\\d+", "step-[1-9]\\d*",
    "names whose digits begin with 0 are passed over: step-0007 and step-0 are checkpoints too.",
    read="What of task 5.2")
edit("save_atomically", "newest__none_fails", ", default=None)", ")",
    "max of nothing raises: without a checkpoint the answer is None.", read="What of task 5.2")
edit("save_atomically", "newest__only_the_largest",
    "    return max(complete, key=lambda name: numbers[name], default=None)\n",
    "    last = max(numbers, key=lambda name: numbers[name], default=None)\n"
    "    return last if last in complete else None\n",
    "only the largest number is looked at: when that file is broken, the one before it is the newest.",
    read="What of task 5.2")


# -------------------- 6.1 shard_indices
edit("shard_indices", "shard_indices__blocks",
    "[:total][rank::world]",
    "[rank * total // world : (rank + 1) * total // world]",
    "each worker gets a run of the order instead of every world-th index: batches then depend on "
    "the world.",
    read="Convention of task 6.1")
# pytorch issue 31771, DALLE-pytorch PR 230
edit("shard_indices", "shard_indices__epoch_forgotten", "manual_seed(seed + epoch)", "manual_seed(seed)",
    "the epoch is not used: every epoch has the same order.", read="What of task 6.1")
edit("shard_indices", "shard_indices__each_its_own_order",
    "manual_seed(seed + epoch)",
    "manual_seed(seed + epoch + rank)",
    "each worker shuffles for itself: some samples are seen twice and others never.",
    read="Convention of task 6.1")
edit("shard_indices", "shard_indices__rest_dropped", "math.ceil(n / world) * world", "n // world * world",
    "the samples that do not come out even are dropped.", read="What of task 6.1")
edit("shard_indices", "shard_indices__one_too_many",
    "math.ceil(n / world) * world", "(n // world + 1) * world",
    "each worker gets one sample more, also where the samples come out even.", read="What of task 6.1")
edit("shard_indices", "shard_indices__unequal",
    "order.repeat(world)[:total][rank::world]",
    "order[rank::world]",
    "some workers get one sample more than others: the others then wait for ever.",
    read="What of task 6.1")
edit("shard_indices", "shard_indices__start_in_the_global_order",
    "[:total][rank::world][start:]",
    "[:total][start:][rank::world]",
    "`start` leaves out samples of the global order: it counts those of this worker.",
    read="Given of task 6.1")
edit("shard_indices", "shard_indices__not_shuffled",
    "torch.randperm(n, generator=torch.Generator().manual_seed(seed + epoch))",
    "torch.arange(n)",
    "the samples are not shuffled.",
    read="What of task 6.1")
edit("shard_indices", "shard_indices__seed_times_epoch",
    "manual_seed(seed + epoch)",
    "manual_seed(1000 * seed + epoch)",
    "the generator's seed is 1000 seed + epoch, which collides less, but is not what torch does.",
    read="Convention of task 6.1")
edit("shard_indices", "shard_indices__ranks_from_1",
    "if not 0 <= rank < world:",
    "if not 0 <= rank <= world:",
    "a rank that equals the number of workers is taken: it gets nothing, or what nobody expects.",
    read="Convention of task 6.1")


# -------------------- 6.2 average_gradients
edit("average_gradients", "ring_all_reduce__whole_tensor",
    "    parts = list(x.flatten().tensor_split(world))\n",
    "    total, passing = x.clone(), x\n"
    "    for _ in range(world - 1):\n"
    "        passing = me.shift(passing)\n"
    "        total = total + passing\n"
    "    return total\n"
    "    parts = list(x.flatten().tensor_split(world))\n",
    "the whole tensor goes round: world / 2 times as much is sent, and each rank adds in another order.",
    read="Why of task 6.2")
edit("average_gradients", "ring_all_reduce__in_place",
    "        parts[at] = parts[at] + came\n", "        parts[at] += came\n",
    "the sums are formed in the caller's x: tensor_split gives views of it.", read="Convention of task 6.2")
edit("average_gradients", "ring_all_reduce__gathered_too_early",
    "parts[(rank - k) % world] = me.shift(parts[(rank - k + 1) % world])",
    "parts[(rank - k - 1) % world] = me.shift(parts[(rank - k) % world])",
    "the second way round begins with the part that this rank has passed on, and not with the "
    "one that it has completed: for two ranks that is the same sum of one.",
    read="Hint 2 of task 6.2")
edit("average_gradients", "ring_all_reduce__other_way",
    "        at = (rank - k - 1) % world\n", "        at = (rank + k + 1) % world\n",
    "what comes is added to the part on the other side: rank - 1 sent its part rank - 1 - k.",
    read="Hint 2 of task 6.2")
edit("average_gradients", "ring_all_reduce__chunk", "tensor_split(world)", "chunk(world)",
    "the parts are made by torch.chunk: of 5 values for 4 ranks it makes 3 parts.", read="Hint 1 of task 6.2")
edit("average_gradients", "ring_all_reduce__mean",
    "torch.cat(parts).reshape(x.shape)",
    "torch.cat(parts).reshape(x.shape) / world",
    "the mean over the ranks is returned: a reduction of sums gives the sum.",
    read="What of task 6.2")
edit("average_gradients", "ring_all_reduce__divided_each_time",
    "parts[at] = parts[at] + came", "parts[at] = (parts[at] + came) / 2",
    "sums are halved in every step: ranks then count with powers of two.", read="What of task 6.2")
edit("average_gradients", "ring_all_reduce__flat", "torch.cat(parts).reshape(x.shape)", "torch.cat(parts)",
    "the sum comes back flat: it has the shape of x.", read="What of task 6.2")
# pytorch issues 67253 and 37359: DDP does this.
edit("average_gradients", "average_gradients__mean_of_means",
    "count * p.grad for p in trained",
    "(count > 0) * p.grad for p in trained",
    "gradients are added without their counts, and divided by all samples.",
    read="What of task 6.2")
edit("average_gradients", "average_gradients__ranks_count_alike",
    "    sums = [torch.zeros_like(p) if p.grad is None else count * p.grad for p in trained]\n",
    "    given, count = count, 1\n"
    "    sums = [torch.zeros_like(p) if p.grad is None else count * p.grad for p in trained]\n",
    "every rank counts alike, whatever it has seen: that is the mean of means, as DDP forms it.",
    read="Why of task 6.2")
edit("average_gradients", "average_gradients__sum",
    "p.grad = (gradients[i] / total).view_as(p)",
    "p.grad = gradients[i].view_as(p)",
    "the sum is not divided by the number of samples.",
    read="What of task 6.2")
edit("average_gradients", "average_gradients__missing_ones_skipped",
    "[p for p in parameters if p.requires_grad]",
    "[p for p in parameters if p.grad is not None]",
    "parameters without a gradient are skipped: ranks then send different lengths.",
    read="Convention of task 6.2")
edit("average_gradients", "average_gradients__one_call_each",
    "    flat = all_sum(flat, me)\n", "    flat = torch.cat([all_sum(part, me) for part in flat.split(1)])\n",
    "all_sum is called once for each value or parameter: each call waits for all ranks.",
    read="Convention of task 6.2")
edit("average_gradients", "average_gradients__asked_too_early",
    "    flat = all_sum(flat, me)\n",
    "    if not count:\n"
    "        raise ValueError(\"no samples\")\n"
    "    flat = all_sum(flat, me)\n",
    "a rank without samples raises before it has taken part: the others wait for it for ever.",
    read="Convention of task 6.2")
edit("average_gradients", "average_gradients__nothing_refused",
    "    if total == 0:\n"
    "        raise ValueError(\"no rank has a sample\")\n",
    "",
    "nothing is raised when no rank has a sample: the gradients are then 0 / 0.",
    read="Convention of task 6.2")
edit("average_gradients", "average_gradients__frozen_ones_too",
    "[p for p in parameters if p.requires_grad]",
    "list(parameters)",
    "frozen parameters take part: they are sent, and get a gradient.",
    read="Convention of task 6.2")


# -------------------- 7.1 lora_and_int8
# mlx-vlm issue 841; peft PR 2489
edit("lora_and_int8", "LoRALinear__alpha_for_the_scale",
    "self.base(x) + self.scale * change",
    "self.base(x) + self.scale * len(self.A) * change",
    "the change is multiplied by alpha and not by alpha / r.",
    read="What of task 7.1", replaces="LoRALinear.forward")
edit("lora_and_int8", "LoRALinear__without_scale",
    "self.base(x) + self.scale * change", "self.base(x) + change",
    "the scale is forgotten in forward.", read="What of task 7.1", replaces="LoRALinear.forward")
# verl issue 5325, FastVideo PR 870
edit("lora_and_int8", "LoRALinear__merged_without_scale",
    "self.scale * (self.B @ self.A)",
    "self.B @ self.A",
    "the scale is forgotten when the change is merged.",
    read="What of task 7.1", replaces="LoRALinear.merged")
# candle-lora issue 26
edit("lora_and_int8", "LoRALinear__merged_into_the_base",
    "merged = copy.deepcopy(self.base)", "merged = self.base",
    "the change is merged into the base itself: the layer then adds it once more.",
    read="Convention of task 7.1", replaces="LoRALinear.merged")
edit("lora_and_int8", "LoRALinear__bias_doubled",
    "self.base(x) + self.scale * change",
    "self.base(x) + self.scale * change + (0 if self.base.bias is None else self.base.bias)",
    "the bias is added twice.", read="What of task 7.1", replaces="LoRALinear.forward")
edit("lora_and_int8", "LoRALinear__detached",
    "(x @ self.A.T) @ self.B.T",
    "((x @ self.A.T) @ self.B.T).detach()",
    "the change is detached: nothing is trained.",
    read="Convention of task 7.1", replaces="LoRALinear.forward")
edit("lora_and_int8", "quantize_int8__one_scale",
    "weight.abs().amax(dim=1)",
    "weight.abs().max().expand(len(weight))",
    "all rows have one scale: one large weight then spoils all of them.",
    read="Why of task 7.1")
edit("lora_and_int8", "quantize_int8__over_128", "top / 127, 1.0)", "top / 128, 1.0)",
    "the scale is the largest value over 128: that value becomes 128, which int8 takes for -128.",
    read="Convention of task 7.1")
edit("lora_and_int8", "quantize_int8__cut_off",
    "(weight / scale[:, None]).round()",
    "(weight / scale[:, None]).trunc()",
    "quotients are cut off instead of rounded: errors are then up to a whole scale, and towards 0.",
    read="What of task 7.1")
edit("lora_and_int8", "quantize_int8__zeros_divided", "torch.where(top > 0, top / 127, 1.0)", "top / 127",
    "a row of zeros has scale 0: 0 / 0 is no number.", read="Convention of task 7.1")
edit("lora_and_int8", "quantize_int8__floats", "return q.to(torch.int8), scale", "return q, scale",
    "q is still float: the memory is not saved.", read="What of task 7.1")
edit("lora_and_int8", "quantize_int8__without_signs",
    "weight.abs().amax(dim=1)",
    "weight.amax(dim=1)",
    "the scale comes from the largest value and not from the largest absolute one: rows that are "
    "mostly negative overflow.",
    read="What of task 7.1")
edit("lora_and_int8", "int8_linear__in_half",
    "torch.promote_types(x.dtype, scale.dtype)",
    "x.dtype",
    "products are summed in the dtype of x: in float16 a long sum is infinite.",
    read="Convention of task 7.1")
edit("lora_and_int8", "int8_linear__widened", "return y.to(x.dtype)", "return y",
    "the result has the widest dtype instead of that of x.", read="Convention of task 7.1")
edit("lora_and_int8", "int8_linear__bias_scaled",
    "y = (x.to(wide) @ q.to(wide).T) * scale\n    if bias is not None:\n        y = y + bias\n",
    "y = x.to(wide) @ q.to(wide).T\n    if bias is not None:\n        y = y + bias\n    y = y * scale\n",
    "the bias is multiplied by the scales too: it is stored as it is.", read="What of task 7.1")
edit("lora_and_int8", "int8_linear__not_scaled",
    "(x.to(wide) @ q.to(wide).T) * scale",
    "x.to(wide) @ q.to(wide).T",
    "the scales are forgotten: the whole numbers are taken for the weights.",
    read="What of task 7.1")


# -------------------- 7.2 export
edit("export", "fold_batch_norm__eps_forgotten", "(bn.running_var + bn.eps).sqrt()", "bn.running_var.sqrt()",
    "eps is forgotten under the root.", read="What of task 7.2")
edit("export", "fold_batch_norm__old_bias_lost", "(bias - bn.running_mean)", "(-bn.running_mean)",
    "the convolution's own bias is lost: the norm sees it too.", read="What of task 7.2")
edit("export", "fold_batch_norm__old_bias_kept",
    "beta + (bias - bn.running_mean) * factor", "bias + beta - bn.running_mean * factor",
    "the old bias is added as it is: it goes through the norm, so it is multiplied by the factor.",
    read="What of task 7.2")
edit("export", "fold_batch_norm__variance", "(bn.running_var + bn.eps).sqrt()", "(bn.running_var + bn.eps)",
    "gamma is divided by the variance instead of its root.", read="What of task 7.2")
edit("export", "fold_batch_norm__conv_changed", "folded = copy.deepcopy(conv)", "folded = conv",
    "the convolution itself is changed: with the norm behind it the map is then applied twice.",
    read="Convention of task 7.2")
edit("export", "fold_batch_norm__training_taken",
    "if bn.training:",
    "if bn.training and bn.num_batches_tracked < 0:",
    "a batch norm in training mode is folded: there it uses each batch's own statistics.",
    read="Convention of task 7.2")
edit("export", "fold_batch_norm__along_the_inputs", "factor[:, None, None, None]", "factor.mean()",
    "all channels have one factor: each output channel has its own.", read="What of task 7.2")
edit("export", "fold_batch_norm__without_stride",
    "folded = copy.deepcopy(conv)",
    "folded = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size)",
    "the new convolution has neither stride nor padding nor groups of the old one.",
    read="Convention of task 7.2")
edit("export", "export_any_batch__static",
    ", dynamic_shapes=({0: torch.export.Dim(\"batch\")},))", ")",
    "no axis is dynamic: the graph refuses every batch of another size than the example's.",
    read="What of task 7.2")
edit("export", "export_any_batch__in_training_mode", "    model.eval()\n", "",
    "the model is exported in the mode in which it comes: in training mode dropout stays in the graph.",
    read="Convention of task 7.2")
edit("export", "export_any_batch__left_in_evaluation_mode",
    "    for part, training in modes:\n        part.training = training\n", "",
    "the model is left in evaluation mode: training goes on without dropout.", read="Convention of task 7.2")
edit("export", "export_any_batch__all_in_one_mode",
    "        part.training = training\n", "        part.training = modes[0][1]\n",
    "every part gets the mode of the whole model: a norm that was frozen by hand is trained again.",
    read="Convention of task 7.2")
edit("export", "export_any_batch__example_of_one", "torch.cat([example, example])", "example",
    "the example is used as it is: with a single sample torch takes the size for a constant, and raises.",
    read="Convention of task 7.2")
edit("export", "export_any_batch__automatic",
    "(batch,), dynamic_shapes=({0: torch.export.Dim(\"batch\")},))",
    "(example,), dynamic_shapes=({0: torch.export.Dim.AUTO},))",
    "the size is left to torch (Dim.AUTO): for an example of one sample it decides on 1, without an error.",
    read="Convention of task 7.2")


# -------------------- right, but wasteful
@naive("accumulate", "the graphs of all batches are kept until the last one has come.")
def accumulate__all_graphs(model, loss, batches):
    model.zero_grad()
    pairs = [loss(model, batch) for batch in batches]
    count = sum(n for _, n in pairs)
    if not count:
        raise ValueError("nothing counts")
    total = sum(losses for losses, n in pairs if n) / count
    total.backward()
    return total.item()


@naive("checkpointed", "the graphs of the second runs are kept until the whole backward pass is over.")
def checkpointed__graphs_kept(block, x):
    weights = [p for p in block.parameters() if p.requires_grad]

    class Again(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *weights):
            ctx.save_for_backward(x)
            ctx.random = torch.get_rng_state()
            return block(x)

        @staticmethod
        def backward(ctx, by_y):
            (x,) = ctx.saved_tensors
            x = x.detach().requires_grad_()
            now = torch.get_rng_state()
            torch.set_rng_state(ctx.random)
            with torch.enable_grad():
                ctx.kept = block(x)
            torch.set_rng_state(now)
            return torch.autograd.grad(ctx.kept, (x, *weights), by_y, allow_unused=True, retain_graph=True)

    return Again.apply(x, *weights)
