"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 bernoulli_mask
edit("bernoulli_mask", "bernoulli_mask__inverted", "uniforms >= p_drop", "uniforms < p_drop",
    "the mask says who drops the context instead of who keeps it: nine samples in ten then learn without "
    "one.", read="Convention of task 1.1")
edit("bernoulli_mask", "bernoulli_mask__p_keep", "uniforms >= p_drop", "uniforms >= 1 - p_drop",
    "p_drop is taken for the probability of keeping: one published lab trains so, on 1 - p instead of p.",
    read="Convention of task 1.1")
edit("bernoulli_mask", "bernoulli_mask__other_end", "uniforms >= p_drop", "uniforms < 1 - p_drop",
    "a sample is kept when its uniform is below 1 - p_drop: the law is right, but the samples are others.",
    read="What of task 1.1")
edit("bernoulli_mask", "bernoulli_mask__strict",
    "return uniforms >= p_drop",
    "keep = uniforms > p_drop\n"
    "    return keep",
    "a uniform equal to p_drop drops the context too: then 0, which can be drawn, drops even at p_drop = 0.",
    read="What of task 1.1")
edit("bernoulli_mask", "bernoulli_mask__whole_batch",
    "uniforms >= p_drop", "(uniforms[:1] >= p_drop).expand(len(uniforms))",
    "one draw decides for the whole batch: a batch is then all with or all without context, as in a tutorial "
    "that sets all labels to None one time in ten.", read="Why of task 1.1")
edit("bernoulli_mask", "bernoulli_mask__fixed_share",
    "uniforms >= p_drop", "uniforms.argsort().argsort() >= int(p_drop * len(uniforms))",
    "a fixed share of each batch is dropped, those with the smallest uniforms: the samples are then no "
    "longer independent, and a batch of four never drops any at p_drop = 0.1.", read="Why of task 1.1")


@wrong("bernoulli_mask",
    "p_drop is not checked: a p_drop given in percent, 10 instead of 0.1, then drops every context in "
    "silence.", read="What of task 1.1")
def bernoulli_mask__unchecked(uniforms, p_drop):
    return uniforms >= p_drop


edit("bernoulli_mask", "bernoulli_mask__nan", "not 0 <= p_drop <= 1", "p_drop < 0 or p_drop > 1",
    "a p_drop that is not a number is let through: NaN is neither below 0 nor above 1.",
    read="What of task 1.1")


# -------------------- 1.2 drop_context
edit("drop_context", "drop_labels__zero", "labels, num_classes)", "labels, 0)",
    "dropped labels become 0, which is a class: the unconditional model then learns to draw that class.",
    read="Convention of task 1.2")
edit("drop_context", "drop_labels__last_class",
    "torch.where(keep, labels, num_classes)", "labels.where(keep, num_classes - 1)",
    "dropped labels become num_classes - 1, the last class: labels count from 0.",
    read="Convention of task 1.2")
edit("drop_context", "drop_labels__minus_one",
    "torch.where(keep, labels, num_classes)", "torch.full_like(labels, -1).where(~keep, labels)",
    "dropped labels become -1: an embedding table has no such row, and with one-hot rows it is the last "
    "class.", read="Convention of task 1.2")
edit("drop_context", "drop_labels__inverted", "where(keep", "where(~keep",
    "the labels that are kept become null and the others stay: keep is True where the context stays.",
    read="Given of task 1.2")
edit("drop_context", "drop_labels__in_place",
    "return torch.where(keep, labels, num_classes)",
    "labels[~keep] = num_classes\n"
    "    return labels",
    "the null labels are written into the tensor that came in: the caller's labels are then lost.",
    read="Notation, on arguments")
edit("drop_context", "drop_one_hot__by_class", "keep[:, None]", "keep",
    "the mask is not reshaped to a column: torch lines it up with the classes, so that a class is dropped "
    "from all samples instead of a sample from all classes.", read="Given of task 1.2")
edit("drop_context", "drop_one_hot__uniform",
    "one_hot * keep[:, None]", "torch.where(keep[:, None], one_hot, 1 / one_hot.shape[1])",
    "a dropped row says 1 / k for each class: that is a mixture of all classes, not the absence of one.",
    read="What of task 1.2")

edit("drop_context", "drop_one_hot__default_dtype",
    "one_hot * keep[:, None]", "torch.where(keep[:, None], one_hot, torch.zeros(one_hot.shape[1]))",
    "the zeros have torch's default dtype instead of that of the rows: half-precision rows become float32.",
    read="Notation, on dtypes")


@wrong("drop_context",
    "kept rows are divided by the share that is kept, as dropout does with activations: a context is no "
    "activation, and must look in training as it does in sampling.", read="Convention of task 1.2")
def drop_one_hot__like_dropout(one_hot, keep):
    share = keep.double().mean().clamp(min=1e-9).to(one_hot.dtype)
    return one_hot * keep[:, None] / share


edit("drop_context", "drop_context__zeros",
    "null.to(context.dtype)", "torch.zeros_like(null, dtype=context.dtype)",
    "dropped contexts become zero instead of `null`: zero is the embedding of nothing in particular, and "
    "nothing is learnt for it.", read="What of task 1.2")
edit("drop_context", "drop_context__by_columns", "per_image(keep, context)", "keep",
    "the mask is not reshaped: torch lines its b values up with the last axis, so parts of every context are "
    "dropped instead of some contexts.", read="Given of task 1.2")
edit("drop_context", "drop_context__null_detached",
    "null.to(context.dtype)", "null.detach().to(context.dtype)",
    "`null` is detached, or copied by .data: no gradient reaches it, and it keeps its random start for ever.",
    read="What of task 1.2")
edit("drop_context", "drop_context__not_cast", "null.to(context.dtype)", "null",
    "`null` is not cast: a float32 `null` makes half-precision contexts float32.",
    read="Convention of task 1.2")
edit("drop_context", "drop_context__added",
    "torch.where(per_image(keep, context), context",
    "context + torch.where(per_image(keep, context), torch.zeros_like(context)",
    "`null` is added to the dropped contexts instead of taking their place: the condition still shines "
    "through.", read="What of task 1.2")


# -------------------- 2.1 cfg_combine
edit("cfg_combine", "cfg_combine__paper", "uncond + w * (cond", "cond + w * (cond",
    "w is read as in the paper, (1 + w) cond - w uncond: guidance is then stronger by 1, and w = 1 is not "
    "plain conditional.", read="Convention of task 2.1")
edit("cfg_combine", "cfg_combine__exchanged", "uncond + w * (cond - uncond)", "cond + w * (uncond - cond)",
    "the two predictions have each other's place: more weight then leads away from the condition.",
    read="What of task 2.1")
edit("cfg_combine", "cfg_combine__sum", "uncond + w * (cond - uncond)", "uncond + w * cond",
    "the conditional prediction is added whole instead of its difference to the unconditional one: the two "
    "weights then add up to 1 + w, and images grow brighter with w.", read="What of task 2.1")
edit("cfg_combine", "cfg_combine__difference", "uncond + w * (cond - uncond)", "w * (cond - uncond)",
    "the difference alone is returned, without the unconditional prediction that it is added to.",
    read="What of task 2.1")
edit("cfg_combine", "cfg_combine__by_columns", "per_image(w, cond)", "w",
    "a tensor of weights is not reshaped: torch lines it up with the last axis, so that it weights columns.",
    read="Notation, on shapes")
edit("cfg_combine", "cfg_combine__four_axes", "per_image(w, cond)", "w.reshape(-1, 1, 1, 1)",
    "the weights are reshaped to (b, 1, 1, 1) whatever the predictions are: other shapes are then blown up.",
    read="Notation, on shapes")
edit("cfg_combine", "cfg_combine__float64", "return guided.to(cond.dtype)", "return guided",
    "the result is not cast: float64 weights make float32 predictions float64.",
    read="Convention of task 2.1")
edit("cfg_combine", "cfg_combine__narrow_weights", "per_image(w, cond)", "per_image(w, cond).to(cond.dtype)",
    "the weights are cast to the dtype of the predictions before they multiply, and lose digits.",
    read="Notation, on dtypes")
edit("cfg_combine", "cfg_combine__in_place",
    "guided = uncond + w * (cond - uncond)\n"
    "    return guided.to(cond.dtype)",
    "cond -= uncond\n"
    "    cond *= w\n"
    "    cond += uncond\n"
    "    return cond",
    "the guided prediction is written into one of those that came in: the caller's is then overwritten.",
    read="Notation, on arguments")
edit("cfg_combine", "convert_weight__wrong_way",
    "w - conditional[source] + conditional[target]", "w + conditional[source] - conditional[target]",
    "the weight is moved by 1 the wrong way: the course's w is the paper's plus 1.",
    read="Convention of task 2.1")


@wrong("cfg_combine",
    "a convention that is not known is taken for the course's: a typing error then changes the guidance in "
    "silence.", read="Given of task 2.1")
def convert_weight__default(w, source, target):
    conditional = {"course": 1, "paper": 0}
    return w - conditional.get(source, 1) + conditional.get(target, 1)


edit("cfg_combine", "convert_weight__source_ignored",
    "w - conditional[source] + conditional[target]", "w + conditional[target]",
    "every weight is taken for one of the paper's: converting from the course's form then gives 1 too much.",
    read="Convention of task 2.1")


# -------------------- 2.2 guided_x0
edit("guided_x0", "guided_x0__not_divided",
    "(x_t - (1 - a).sqrt() * guided) / a.sqrt()", "x_t - (1 - a).sqrt() * guided",
    "the image from noise is not divided by sqrt(alpha_bar): that is x_t without its noise, still faded.",
    read="What of task 2.2")
edit("guided_x0", "guided_x0__v_added", "* x_t - (1 - a)", "* x_t + (1 - a)",
    "the velocity is added instead of subtracted: v is noise minus image, so it points away from the image.",
    read="What of task 2.2")
edit("guided_x0", "guided_x0__score_deviation", "(x_t + (1 - a) * guided)", "(x_t + (1 - a).sqrt() * guided)",
    "the score is multiplied by the deviation of the noise instead of its variance, 1 - alpha_bar.",
    read="What of task 2.2")
edit("guided_x0", "guided_x0__score_downhill", "(x_t + (1 - a) * guided)", "(x_t - (1 - a) * guided)",
    "the score is subtracted: it points uphill, towards the images, while noise points away from them.",
    read="What of task 2.2")
edit("guided_x0", "guided_x0__clamped",
    "per_image(alpha_bar, x_t)", "per_image(alpha_bar, x_t).clamp(min=1e-8)",
    "sqrt(alpha_bar) is kept from 0 by a small constant: from eps at pure noise that makes numbers of 10 000 "
    "instead of an error.", read="Convention of task 2.2")
edit("guided_x0", "guided_x0__all_of_them", "(a == 0).any()", "(a == 0).all()",
    "pure noise is refused only when the whole batch is pure noise: one such image among others becomes inf.",
    read="Convention of task 2.2")
edit("guided_x0", "guided_x0__v_refused", "if form in (\"eps\", \"score\") and (a == 0)", "if (a == 0)",
    "pure noise is refused in every form: v and x0 are guided there too, which is why they are used.",
    read="Convention of task 2.2")
edit("guided_x0", "guided_x0__by_columns", "per_image(alpha_bar, x_t)", "alpha_bar",
    "alpha_bar is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Notation, on shapes")
edit("guided_x0", "guided_x0__default_eps",
    "raise ValueError(f\"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'\")",
    "x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()",
    "a form that is not known is taken for eps: a typing error then gives wrong images in silence.",
    read="Convention of task 2.2")
edit("guided_x0", "guided_x0__float64", "return x0.to(x_t.dtype)", "return x0",
    "the result is not cast: a float64 alpha_bar makes float32 images float64.", read="Given of task 2.2")
edit("guided_x0", "guided_x0__without_roots",
    "a.sqrt() * x_t - (1 - a).sqrt() * guided\n"
    "        case \"eps\":\n"
    "            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()\n"
    "        case \"score\":\n"
    "            x0 = (x_t + (1 - a) * guided) / a.sqrt()",
    "a * x_t - (1 - a) * guided\n"
    "        case \"eps\":\n"
    "            x0 = (x_t - (1 - a) * guided) / a\n"
    "        case \"score\":\n"
    "            x0 = (x_t + (1 - a) * guided) / a",
    "the roots are missing: alpha_bar is a variance, and x_t holds sqrt(alpha_bar) times the image.",
    read="What of task 2.2")
edit("guided_x0", "guided_x0__divided_by_the_variance",
    "/ a.sqrt()\n"
    "        case \"score\":\n"
    "            x0 = (x_t + (1 - a) * guided) / a.sqrt()",
    "/ a\n"
    "        case \"score\":\n"
    "            x0 = (x_t + (1 - a) * guided) / a",
    "the image is divided by alpha_bar instead of its square root: alpha_bar is the variance of the signal.",
    read="What of task 2.2")


edit("guided_x0", "guided_x0__narrow_schedule", "per_image(alpha_bar, x_t)",
    "per_image(alpha_bar.to(x_t.dtype), x_t)",
    "alpha_bar is cast to the dtype of the images before it is used: 1 - 1e-9 becomes 1 in float32, and the "
    "noise is lost.", read="Notation, on dtypes")
edit("guided_x0", "guided_x0__dtype_of_the_prediction", "x0.to(x_t.dtype)", "x0.to(cond.dtype)",
    "the image has the dtype of the predictions instead of that of x_t.", read="Given of task 2.2")


# -------------------- 2.3 rescale_cfg
edit("rescale_cfg", "rescale_cfg__whole_batch",
    "cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)", "cond.std() / guided.std()",
    "one deviation is taken over the whole batch: an image then depends on the others that are drawn with "
    "it.", read="Convention of task 2.3")


@wrong("rescale_cfg",
    "the deviation is taken over the batch, pixel by pixel (dim=0), instead of over the pixels of each "
    "image.", read="Convention of task 2.3")
def rescale_cfg__over_the_batch(guided, cond, phi=0.7):
    ratio = cond.std(dim=0) / guided.std(dim=0)
    factor = phi * ratio + (1 - phi)
    return factor * guided


@wrong("rescale_cfg",
    "each row has a deviation of its own (dim=-1): rows, or channels, then lose their proportions.",
    read="Convention of task 2.3")
def rescale_cfg__by_row(guided, cond, phi=0.7):
    ratio = cond.std(dim=-1, keepdim=True) / guided.std(dim=-1, keepdim=True)
    factor = phi * ratio + (1 - phi)
    return factor * guided


edit("rescale_cfg", "rescale_cfg__upside_down",
    "cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)",
    "guided.flatten(1).std(dim=1) / cond.flatten(1).std(dim=1)",
    "the ratio is upside down: the larger the guided prediction is, the larger it is made.",
    read="What of task 2.3")
edit("rescale_cfg", "rescale_cfg__phi_exchanged", "phi * ratio + (1 - phi)", "(1 - phi) * ratio + phi",
    "phi and 1 - phi have each other's place: phi = 0 then rescales fully.", read="What of task 2.3")
edit("rescale_cfg", "rescale_cfg__variances",
    "cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)",
    "cond.flatten(1).var(dim=1) / guided.flatten(1).var(dim=1)",
    "the ratio is one of variances instead of deviations.", read="What of task 2.3")
edit("rescale_cfg", "rescale_cfg__norms",
    "ratio = cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)",
    "norm_c, norm_g = (prediction.flatten(1).norm(dim=1) for prediction in (cond, guided))\n"
    "    ratio = norm_c / norm_g",
    "norms are compared instead of deviations: they also count how bright the prediction is on average.",
    read="Convention of task 2.3")
edit("rescale_cfg", "rescale_cfg__mixed_with_cond",
    "factor = phi * ratio + (1 - phi)\n"
    "    return per_image(factor, guided) * guided",
    "return phi * per_image(ratio, guided) * guided + (1 - phi) * cond",
    "phi mixes the rescaled prediction with the conditional one instead of with the guided one: that undoes "
    "the guidance.", read="What of task 2.3")
edit("rescale_cfg", "rescale_cfg__without_phi", "phi * ratio + (1 - phi)", "ratio",
    "phi is not used: the prediction is rescaled fully.", read="What of task 2.3")


# -------------------- 2.4 dynamic_threshold
edit("dynamic_threshold", "dynamic_threshold__without_max", ".clamp(min=1)", "",
    "s may be below 1: dark images are then stretched to full contrast at every step.",
    read="What of task 2.4")


@wrong("dynamic_threshold",
    "one percentile is taken over the whole batch: a bright image then darkens the others.",
    read="Convention of task 2.4")
def dynamic_threshold__whole_batch(x0, percentile=0.995):
    s = torch.quantile(x0.abs(), percentile).clamp(min=1)
    return x0.clamp(-s, s) / s


edit("dynamic_threshold", "dynamic_threshold__signed", "x0.flatten(1).abs()", "x0.flatten(1)",
    "the percentile is that of the values instead of their absolute values: what is very dark is not seen.",
    read="What of task 2.4")
edit("dynamic_threshold", "dynamic_threshold__not_divided", "x0.clamp(-s, s) / s", "x0.clamp(-s, s)",
    "the image is clipped at s but not divided by it: it then still leaves [-1, 1].", read="What of task 2.4")
edit("dynamic_threshold", "dynamic_threshold__not_clipped", "x0.clamp(-s, s) / s", "x0 / s",
    "the image is divided by s but not clipped: the values above the percentile stay outside [-1, 1].",
    read="What of task 2.4")


@wrong("dynamic_threshold",
    "the image is clipped at 1, whatever its percentile: that is static thresholding, and saturates.",
    read="Why of task 2.4")
def dynamic_threshold__static(x0, percentile=0.995):
    return x0.clamp(-1, 1)


edit("dynamic_threshold", "dynamic_threshold__clipped_at_1", "clamp(-s, s)", "clamp(-1, 1)",
    "the image is first clipped at 1 and then divided by s: bright images become dull instead of keeping "
    "detail.", read="What of task 2.4")
edit("dynamic_threshold", "dynamic_threshold__not_interpolated",
    "torch.lerp(low, high, percentile * (n - 1) - below)", "low",
    "the percentile is rounded down to a value that occurs instead of being interpolated between two.",
    read="Convention of task 2.4")


@wrong("dynamic_threshold",
    "each channel has a percentile of its own: channels that differ in size then change their colour.",
    read="Convention of task 2.4")
def dynamic_threshold__by_channel(x0, percentile=0.995):
    images = x0 if x0.ndim > 2 else x0[:, None]
    s = torch.quantile(images.flatten(2).abs().double(), percentile, dim=2).clamp(min=1).to(x0.dtype)
    s = s.reshape(*s.shape, *[1] * (images.ndim - 2))
    return (images.clamp(-s, s) / s).reshape(x0.shape)


# -------------------- 3.1 classifier_guidance
edit("classifier_guidance", "classifier_gradient__mean", "chosen.sum()", "chosen.mean()",
    "the log-probabilities are averaged over the batch before the gradient is taken: guidance then becomes "
    "weaker the more images are drawn at once.", read="Convention of task 3.1")
edit("classifier_guidance", "classifier_gradient__of_logits", ".log_softmax(dim=1)", "",
    "the gradient is that of the logit: without log_softmax the image is not drawn away from the other "
    "classes.", read="What of task 3.1")
edit("classifier_guidance", "classifier_gradient__of_probability", "log_softmax", "softmax",
    "the gradient is that of the probability instead of its logarithm: it vanishes where the class is "
    "unlikely, which is where it is needed.", read="What of task 3.1")
edit("classifier_guidance", "classifier_gradient__over_the_batch", "dim=1", "dim=0",
    "the logits are normalised over the batch (dim=0) instead of over the classes.", read="Given of task 3.1")
edit("classifier_guidance", "classifier_gradient__all_labels",
    "log_p.gather(1, labels[:, None])", "log_p[:, labels]",
    "the columns `labels` are taken of every image (log_p[:, labels]): each is pushed to the classes of all.",
    read="Given of task 3.1")
edit("classifier_guidance", "classifier_gradient__backward",
    "(gradient,) = torch.autograd.grad(chosen.sum(), x)\n"
    "    return gradient",
    "chosen.sum().backward()\n"
    "    return x.grad",
    "backward() is used: it also leaves gradients in the parameters of the classifier, which add up step by "
    "step.", read="Convention of task 3.1")
edit("classifier_guidance", "classifier_gradient__recorded",
    "chosen.sum(), x", "chosen.sum(), x, create_graph=True",
    "the gradient is itself recorded (create_graph): every step then keeps the graph of all steps before it.",
    read="Convention of task 3.1")
edit("classifier_guidance", "classifier_gradient__needs_grad_mode", "with torch.enable_grad():", "if True:",
    "recording is not switched on: under torch.no_grad, where samplers run, there is nothing to "
    "differentiate.", read="Convention of task 3.1")
edit("classifier_guidance", "classifier_gradient__callers_x",
    "x_t.detach().requires_grad_()", "x_t if x_t.grad_fn is not None else x_t.requires_grad_()",
    "requires_grad_ is called on the caller's x_t: from then on everything that is made of it is recorded.",
    read="Convention of task 3.1")
edit("classifier_guidance", "classifier_guidance__added", "(eps - scale", "(eps + scale",
    "the gradient is added to the noise: the score is minus the noise, so this leads away from the class.",
    read="What of task 3.1")
edit("classifier_guidance", "classifier_guidance__without_deviation",
    "scale * noise_std * gradient", "scale * gradient",
    "the factor sqrt(1 - alpha_bar) is missing: noise is minus the score times that deviation.",
    read="What of task 3.1")
edit("classifier_guidance", "classifier_guidance__variance", "(1 - alpha_bar[t]).sqrt()", "1 - alpha_bar[t]",
    "the gradient is multiplied by the variance of the noise, 1 - alpha_bar, instead of its square root. "
    "(Algorithm 1 has a variance too, but that of a reverse step, because it shifts a mean.)",
    read="What of task 3.1")
edit("classifier_guidance", "classifier_guidance__signal", "(1 - alpha_bar[t]).sqrt()", "alpha_bar[t].sqrt()",
    "the deviation is that of the signal, sqrt(alpha_bar), instead of that of the noise.",
    read="What of task 3.1")
edit("classifier_guidance", "classifier_guidance__float64", ".to(eps.dtype)", "",
    "the result is not cast: a float64 schedule makes float32 noise float64.", read="Given of task 3.1")
edit("classifier_guidance", "classifier_guidance__schedule_not_indexed", "alpha_bar[t]", "alpha_bar",
    "alpha_bar is used instead of alpha_bar[t]: image i gets the level of step i instead of its own step's.",
    read="Given of task 3.1")


# Often seen in CLIP notebooks: what was there before is erased, too.
edit("classifier_guidance", "classifier_gradient__erases",
    "(gradient,) = torch.autograd.grad(chosen.sum(), x)\n    return gradient",
    "chosen.sum().backward()\n"
    "    if isinstance(classifier, torch.nn.Module):\n"
    "        classifier.zero_grad()\n"
    "    return x.grad",
    "backward() fills the classifier's gradients and zero_grad() erases them, with what was there before.",
    read="Convention of task 3.1")
edit("classifier_guidance", "classifier_gradient__freezes",
    "x = x_t.detach().requires_grad_()",
    "if isinstance(classifier, torch.nn.Module):\n"
    "            classifier.requires_grad_(False)\n"
    "        x = x_t.detach().requires_grad_()",
    "the classifier's parameters are frozen and stay so: nobody can train it afterwards.",
    read="Convention of task 3.1")


# -------------------- 4.1 guided_step
edit("guided_step", "guided_step__two_calls",
    "both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))  # (2b, *dims)\n"
    "    cond, uncond = both.chunk(2)",
    "cond, uncond = model(x_t, steps, context), model(x_t, steps, negative)",
    "the model is called twice, once for each half: the numbers are right, but an accelerator runs one batch "
    "of 2b faster than two of b.", read="Why of task 4.1")
edit("guided_step", "guided_step__wrong_halves", "cond, uncond = both", "uncond, cond = both",
    "the halves are taken in the wrong order: chunk(2) gives them back in the order in which torch.cat put "
    "them.", read="What of task 4.1")
edit("guided_step", "guided_step__interleaved", "torch.cat([x_t, x_t])", "x_t.repeat_interleave(2, dim=0)",
    "the images are doubled one by one (repeat_interleave) and the contexts as a whole: images then get the "
    "contexts of others.", read="What of task 4.1")
edit("guided_step", "guided_step__t_not_doubled", "steps.repeat(2)", "steps",
    "the batch is doubled but t is not: a network needs one step for each image.", read="Given of part 4")
edit("guided_step", "guided_step__always_doubled",
    "if w == 1:\n"
    "        return step(x_t, model(x_t, steps, context), t)\n"
    "    ",
    "",
    "both halves are asked at w = 1 too, where one has no effect: plain conditional steps then cost twice as "
    "much.", read="Convention of task 4.1")
edit("guided_step", "guided_step__off_below_1", "w == 1:", "w <= 1:",
    "guidance is switched off for every w up to 1, as a well-known library does: w = 0 is then conditional "
    "instead of unconditional.", read="Convention of task 4.1")
edit("guided_step", "guided_step__zeros_for_negative",
    "[context, negative]", "[context, torch.zeros_like(context)]",
    "`negative` is not used, and a context of zeros takes its place: zero is a class like others, and a "
    "negative context has no effect.", read="Given of task 4.1")
edit("guided_step", "guided_step__step_reached",
    "if w == 1:",
    "t -= 1\n"
    "    if w == 1:",
    "`step` gets t - 1, the step that is reached, instead of t, the step that is made.",
    read="Given of part 4")
edit("guided_step", "guided_step__steps_combined", "return step(x_t, cfg_combine(cond, uncond, w), t)",
    "return cfg_combine(step(x_t, cond, t), step(x_t, uncond, t), w)",
    "a step is made of each prediction, and the two images are combined: only affine steps give the "
    "same.", read="What of task 4.1")
edit("guided_step", "guided_step__prediction",
    "if w == 1:",
    "step = lambda x_t, prediction, t: prediction\n"
    "    if w == 1:",
    "the guided prediction is returned instead of x_{t-1}, which `step` makes of it.",
    read="What of task 4.1")


# -------------------- 4.2 weight_schedules
edit("weight_schedules", "interval_weights__zero_outside", "ones_like", "zeros_like",
    "the weight outside the interval is 0 instead of 1: those steps are then unconditional, and draw "
    "anything.", read="Convention of task 4.2")
edit("weight_schedules", "interval_weights__outside", "(inside, w)", "(~inside, w)",
    "the interval is turned round: guidance acts outside of it.", read="What of task 4.2")
edit("weight_schedules", "interval_weights__closed", "sigma > sigma_low", "sigma >= sigma_low",
    "the lower end belongs to the interval too: it is open below, so that intervals can follow each other.",
    read="Convention of task 4.2")
edit("weight_schedules", "interval_weights__open", "(sigma <= sigma_high)", "(sigma < sigma_high)",
    "the upper end does not belong to the interval: with no upper bound, infinity, pure noise is then not "
    "guided.", read="Convention of task 4.2")
edit("weight_schedules", "interval_weights__of_x_t", "((1 - alpha_bar) / alpha_bar)", "(1 - alpha_bar)",
    "sigma is sqrt(1 - alpha_bar), which never exceeds 1: the interval is stated for a signal of size 1.",
    read="What of task 4.2")
edit("weight_schedules", "interval_weights__variances", ".sqrt()", "",
    "the ratio of variances is compared instead of its square root.", read="What of task 4.2")
edit("weight_schedules", "interval_weights__float32",
    "torch.ones_like(alpha_bar).masked_fill(inside, w)", "torch.where(inside, w, 1.0)",
    "torch.where between two plain numbers makes float32: 7.3 becomes 7.3000002.", read="What of task 4.2")
edit("weight_schedules", "linear_weights__reversed", "2 * w - 1, 1", "1, 2 * w - 1",
    "the line runs the other way: guidance is then strongest at pure noise, where it does most harm.",
    read="What of task 4.2")
edit("weight_schedules", "linear_weights__up_to_w", "2 * w - 1", "w",
    "the line ends at w instead of having the mean w: on average it guides half as much as a constant "
    "weight.", read="What of task 4.2")
edit("weight_schedules", "linear_weights__from_zero", "2 * w - 1, 1", "2 * w, 0",
    "the line begins at 0, as in the paper, whose weights are smaller by 1: here 0 is unconditional.",
    read="Convention of task 4.2")


@wrong("weight_schedules",
    "one step is not refused: linspace then returns 2 w - 1 alone, whose mean is not w.",
    read="Convention of task 4.2")
def linear_weights__one_step(T, w):
    return torch.linspace(2 * w - 1, 1, T, dtype=torch.float64)


edit("weight_schedules", "interval_weights__float32_sigma", "((1 - alpha_bar) / alpha_bar).sqrt()",
    "((1 - alpha_bar) / alpha_bar).sqrt().float()",
    "sigma is float32: a step just above sigma_high is then taken for one that is on it.",
    read="What of task 4.2")


# -------------------- 4.3 guided_sample
edit("guided_sample", "guided_sample__recorded", "with torch.no_grad():", "if True:",
    "gradients are recorded: the graph of every step is kept until the end, and memory grows with T.",
    read="Convention of task 4.3")


@wrong("guided_sample",
    "the images are detached at the end only: until then the graph of every step is kept.",
    read="Convention of task 4.3")
def guided_sample__detached_at_the_end(model, x_T, context, negative, weights, step):
    x = x_T
    for t in reversed(range(len(weights))):
        x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x.detach()


edit("guided_sample", "guided_sample__forward", "reversed(range(len(weights)))", "range(len(weights))",
    "the steps are made in the order 0, 1, 2, ...: sampling begins with pure noise, at step T - 1.",
    read="What of task 4.3")
edit("guided_sample", "guided_sample__without_step_0",
    "reversed(range(len(weights)))", "range(len(weights) - 1, 0, -1)",
    "step 0 is left out: range stops before its end, and the images keep the last of their noise.",
    read="What of task 4.3")
edit("guided_sample", "guided_sample__weights_reversed",
    "weights[t].item()", "weights[len(weights) - 1 - t].item()",
    "the weights are read in the order of sampling: weights[t] belongs to step t, so the first step uses the "
    "last.", read="Given of task 4.3")
edit("guided_sample", "guided_sample__one_weight", "weights[t].item()", "float(weights[0])",
    "every step has the weight of step 0.", read="What of task 4.3")
edit("guided_sample", "guided_sample__contexts_exchanged",
    "context, negative, weights[t]", "negative, context, weights[t]",
    "`context` and `negative` have each other's place: the images are then what was to be avoided.",
    read="Given of task 4.3")
edit("guided_sample", "guided_sample__in_place", "x = guided_step", "x[:] = guided_step",
    "every step is written into x_T: the caller's noise is then gone, and cannot be used with another "
    "weight.", read="Notation, on arguments")
edit("guided_sample", "guided_sample__from_the_noise", "(model, x, t", "(model, x_T, t",
    "every step begins again with x_T instead of with what the step before has made.",
    read="What of task 4.3")


edit("guided_sample", "guided_sample__freezes", "x = x_T",
    "x = x_T\n"
    "    if isinstance(model, torch.nn.Module):\n"
    "        model.requires_grad_(False)",
    "the model's parameters are frozen and stay so: its next training step fails.",
    read="Convention of task 4.3")


# -------------------- 5.1 tilted_gaussian
edit("tilted_gaussian", "tilted_gaussian__paper",
    "precision = (1 - w)",
    "w = 1 + w\n"
    "    precision = (1 - w)",
    "w is read as in the paper, p_u^(-w) p_c^(1 + w): the density is then tilted by 1 more.",
    read="Convention of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__variances",
    "precision = (1 - w) / var_u + w / var_c\n"
    "    if (precision",
    "variance = (1 - w) * var_u + w * var_c\n"
    "    precision = 1 / variance\n"
    "    if (variance",
    "the variances are combined instead of the precisions: in a product of Gaussians precisions add up.",
    read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__of_the_ode",
    "mean, 1 / precision", "mean, var_u ** (1 - w) * var_c**w",
    "the variance is v_u ** (1 - w) * v_c ** w: that is where the ODE ends, not the density that it is named "
    "after.", read="Why of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__plain_means",
    "((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision", "(1 - w) * mean_u + w * mean_c",
    "the means are combined without their precisions: that holds for equal variances only.",
    read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__mean_not_divided", "var_c) / precision", "var_c)",
    "the mean is not divided by the precision.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__any_precision", "(precision <= 0).any()", "False",
    "a precision that is not positive is not refused: the result then has a negative variance, or an "
    "infinite one.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__precision", "mean, 1 / precision", "mean, precision",
    "the precision comes back instead of the variance.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__variances_exchanged",
    "precision = (1 - w)",
    "var_c, var_u = var_u, var_c\n"
    "    precision = (1 - w)",
    "the two variances have each other's place: 1 - w belongs to v_u and w to v_c.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__precision_of_exchanged",
    "(1 - w) / var_u + w / var_c", "(1 - w) / var_c + w / var_u",
    "in the precision, not in the mean, the two variances have each other's place.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__mean_of_exchanged",
    "(1 - w) * mean_u / var_u + w * mean_c / var_c", "(1 - w) * mean_u / var_c + w * mean_c / var_u",
    "in the mean, not in the precision, the two variances have each other's place.", read="What of task 5.1")
edit("tilted_gaussian", "tilted_gaussian__weights_exchanged",
    "precision = (1 - w)",
    "w = 1 - w\n"
    "    precision = (1 - w)",
    "w and 1 - w have each other's place: w belongs to p_c.", read="What of task 5.1")


# -------------------- 5.2 guided_ode_gaussian
@wrong("guided_ode_gaussian",
    "the tilted density comes back: the ODE follows the tilted scores, but not to the tilted density.",
    read="Why of task 5.2")
def guided_ode_gaussian__tilted(mean_c, var_c, mean_u, var_u, w, points=2_001):
    precision = (1 - w) / var_u + w / var_c
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision


@wrong("guided_ode_gaussian",
    "the mean is m_u + w (m_c - m_u), which holds for equal variances only.", read="What of task 5.2")
def guided_ode_gaussian__plain_mean(mean_c, var_c, mean_u, var_u, w, points=2_001):
    mean = (1 - w) * mean_u + w * mean_c
    return mean, var_u ** (1 - w) * var_c**w


edit("guided_ode_gaussian", "guided_ode_gaussian__arithmetic",
    "variance = var_u ** (1 - w) * var_c**w  # (d,): S squared, at the image\n"
    "    mean = variance.sqrt()",
    "S = ((1 - w) * V_u + w * V_c).abs().sqrt()\n"
    "    variance = (1 - w) * var_u + w * var_c\n"
    "    mean = variance.abs().sqrt()",
    "the variances are added with their weights, (1 - w) v_u + w v_c, instead of multiplied with them as "
    "powers.", read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__variance",
    "variance.sqrt() * torch.trapezoid(theta.sin() * pull / S,",
    "variance * torch.trapezoid(theta.sin() * pull / S**2,",
    "S is the variance instead of the deviation: its square root is missing.", read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__deviation",
    "return mean, variance", "return mean, variance.sqrt()",
    "the deviation comes back instead of the variance.", read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__without_S0", "variance.sqrt() * ", "",
    "the integral is not multiplied by S(0): that is the slope from every theta to the image, without its "
    "end.", read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__without_sine", "theta.sin() * pull", "pull",
    "the factor sin(theta) of the integral is missing.", read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__turned_round",
    "V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2  # (points, d)\n"
    "    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2",
    "V_c = var_c * theta.sin() ** 2 + theta.cos() ** 2\n"
    "    V_u = var_u * theta.sin() ** 2 + theta.cos() ** 2",
    "cosine and sine have each other's place, in both variances or in the factor of the integral: one of "
    "the two takes theta = 0 for pure noise.",
    read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__cosine_before_the_pull",
    "theta.sin() * pull", "theta.cos() * pull",
    "cosine and sine have each other's place, in both variances or in the factor of the integral: one of "
    "the two takes theta = 0 for pure noise.",
    read="What of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__plain_mean_of_points",
    "torch.trapezoid(theta.sin() * pull / S, theta, dim=0)",
    "(theta.sin() * pull / S).mean(dim=0) * math.pi / 2",
    "the sum is multiplied by pi / 2 and divided by the number of points (a mean): both ends then count "
    "whole, and only three digits are right.", read="Convention of task 5.2")
edit("guided_ode_gaussian", "guided_ode_gaussian__tilted_variance",
    "variance.sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)\n",
    "S[0] * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)\n"
    "    variance = 1 / ((1 - w) / var_u + w / var_c)\n",
    "the mean is that of the ODE, but the variance that of the tilted density of task 5.1.",
    read="What of task 5.2")


# -------------------- right, but slow
@naive("drop_context", "the contexts are mixed one by one in a Python loop.")
def drop_context__one_by_one(context, keep, null):
    rows = [row if kept else null.to(context.dtype) for row, kept in zip(context, keep, strict=True)]
    return torch.stack(rows)


@naive("dynamic_threshold", "every value is sorted to find one: torch.quantile does that.")
def dynamic_threshold__quantile(x0, percentile=0.995):
    s = torch.quantile(x0.reshape(len(x0), -1).abs().double(), percentile, dim=1)
    s = torch.maximum(s, torch.ones_like(s)).reshape(len(x0), *(1 for _ in x0.shape[1:]))
    return (x0 / s).clamp(-1, 1).type(x0.dtype)
