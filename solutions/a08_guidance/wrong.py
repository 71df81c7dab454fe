"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import edit, naive, wrong


# -------------------- 1.1 bernoulli_mask
@wrong(
    "bernoulli_mask",
    "the mask says who drops the context instead of who keeps it: nine samples in ten then learn without "
    "one.",
    read="Convention of task 1.1",
)
def bernoulli_mask__inverted(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    return uniforms < p_drop


@wrong(
    "bernoulli_mask",
    "p_drop is taken for the probability of keeping: one published lab trains so, on 1 - p instead of p.",
    read="Convention of task 1.1",
)
def bernoulli_mask__p_keep(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    return uniforms >= 1 - p_drop


@wrong(
    "bernoulli_mask",
    "a sample is kept when its uniform is below 1 - p_drop: the law is right, but the samples are others.",
    read="What of task 1.1",
)
def bernoulli_mask__other_end(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    return uniforms < 1 - p_drop


@wrong(
    "bernoulli_mask",
    "a uniform equal to p_drop drops the context too: then 0, which can be drawn, drops even at p_drop = 0.",
    read="What of task 1.1",
)
def bernoulli_mask__strict(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    keep = uniforms > p_drop
    return keep


@wrong(
    "bernoulli_mask",
    "one draw decides for the whole batch: a batch is then all with or all without context, as in a tutorial "
    "that sets all labels to None one time in ten.",
    read="Why of task 1.1",
)
def bernoulli_mask__whole_batch(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    return (uniforms[:1] >= p_drop).expand(len(uniforms))


@wrong(
    "bernoulli_mask",
    "a fixed share of each batch is dropped, those with the smallest uniforms: the samples are then "
    "no longer "
    "independent, and a batch of four never drops any at p_drop = 0.1.",
    read="Why of task 1.1",
)
def bernoulli_mask__fixed_share(uniforms, p_drop):
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    rank = uniforms.argsort().argsort()
    return rank >= int(p_drop * len(uniforms))


@wrong(
    "bernoulli_mask",
    "p_drop is not checked: a p_drop given in percent, 10 instead of 0.1, then drops every context in "
    "silence.",
    read="What of task 1.1",
)
def bernoulli_mask__unchecked(uniforms, p_drop):
    return uniforms >= p_drop


# -------------------- 1.2 drop_context
@wrong(
    "drop_context",
    "dropped labels become 0, which is a class: the unconditional model then learns to draw that class.",
    read="Convention of task 1.2",
)
def drop_labels__zero(labels, keep, num_classes):
    return torch.where(keep, labels, 0)


@wrong(
    "drop_context",
    "dropped labels become num_classes - 1, the last class: labels count from 0.",
    read="Convention of task 1.2",
)
def drop_labels__last_class(labels, keep, num_classes):
    return labels.where(keep, num_classes - 1)


@wrong(
    "drop_context",
    "dropped labels become -1: an embedding table has no such row, and with one-hot rows it is the last "
    "class.",
    read="Convention of task 1.2",
)
def drop_labels__minus_one(labels, keep, num_classes):
    return torch.full_like(labels, -1).where(~keep, labels)


@wrong(
    "drop_context",
    "the labels that are kept become null and the others stay: keep is True where the context stays.",
    read="Given of task 1.2",
)
def drop_labels__inverted(labels, keep, num_classes):
    return torch.where(~keep, labels, num_classes)


@wrong(
    "drop_context",
    "the null labels are written into the tensor that came in: the caller's labels are then lost.",
    read="Notation, on arguments",
)
def drop_labels__in_place(labels, keep, num_classes):
    labels[~keep] = num_classes
    return labels


@wrong(
    "drop_context",
    "the mask is not reshaped to a column: torch lines it up with the classes, so that a class is dropped "
    "from all "
    "samples instead of a sample from all classes.",
    read="Given of task 1.2",
)
def drop_one_hot__by_class(one_hot, keep):
    return one_hot * keep


@wrong(
    "drop_context",
    "a dropped row says 1 / k for each class: that is a mixture of all classes, not the absence of one.",
    read="What of task 1.2",
)
def drop_one_hot__uniform(one_hot, keep):
    k = one_hot.shape[1]
    return torch.where(keep[:, None], one_hot, 1 / k)


@wrong(
    "drop_context",
    "kept rows are divided by the share that is kept, as dropout does with activations: a context is no "
    "activation, and must look in training as it does in sampling.",
    read="Convention of task 1.2",
)
def drop_one_hot__like_dropout(one_hot, keep):
    share = keep.double().mean().clamp(min=1e-9).to(one_hot.dtype)
    return one_hot * keep[:, None] / share


@wrong(
    "drop_context",
    "dropped contexts become zero instead of `null`: zero is the embedding of nothing in particular, and "
    "nothing is learnt for it.",
    read="What of task 1.2",
)
def drop_context__zeros(context, keep, null):
    keep = keep.reshape(-1, *[1] * null.ndim)
    return torch.where(keep, context, torch.zeros_like(null, dtype=context.dtype))


@wrong(
    "drop_context",
    "the mask is not reshaped: torch lines its b values up with the last axis, so parts of every context are "
    "dropped instead of some contexts.",
    read="Given of task 1.2",
)
def drop_context__by_columns(context, keep, null):
    return torch.where(keep, context, null.to(context.dtype))


@wrong(
    "drop_context",
    "`null` is detached, or copied by .data: no gradient reaches it, and it keeps its random start for ever.",
    read="What of task 1.2",
)
def drop_context__null_detached(context, keep, null):
    keep = keep.reshape(-1, *[1] * null.ndim)
    return torch.where(keep, context, null.detach().to(context.dtype))


@wrong(
    "drop_context",
    "`null` is not cast: a float32 `null` makes half-precision contexts float32.",
    read="Convention of task 1.2",
)
def drop_context__not_cast(context, keep, null):
    keep = keep.reshape(-1, *[1] * null.ndim)
    return torch.where(keep, context, null)


@wrong(
    "drop_context",
    "`null` is added to the dropped contexts instead of taking their place: the condition still shines "
    "through.",
    read="What of task 1.2",
)
def drop_context__added(context, keep, null):
    keep = keep.reshape(-1, *[1] * null.ndim)
    return context + torch.where(keep, torch.zeros_like(context), null.to(context.dtype))


# -------------------- 2.1 cfg_combine
@wrong(
    "cfg_combine",
    "w is read as in the paper, (1 + w) cond - w uncond: guidance is then stronger by 1, and w = 1 is "
    "not plain "
    "conditional.",
    read="Convention of task 2.1",
)
def cfg_combine__paper(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    guided = cond + w * (cond - uncond)
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "the two predictions have each other's place: more weight then leads away from the condition.",
    read="What of task 2.1",
)
def cfg_combine__exchanged(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    guided = cond + w * (uncond - cond)
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "the conditional prediction is added whole instead of its difference to the unconditional one: the "
    "two weights "
    "then add up to 1 + w, and images grow brighter with w.",
    read="What of task 2.1",
)
def cfg_combine__sum(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    guided = uncond + w * cond
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "the difference alone is returned, without the unconditional prediction that it is added to.",
    read="What of task 2.1",
)
def cfg_combine__difference(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    guided = w * (cond - uncond)
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "a tensor of weights is not reshaped: torch lines it up with the last axis, so that it weights columns.",
    read="Notation, on shapes",
)
def cfg_combine__by_columns(cond, uncond, w):
    guided = uncond + w * (cond - uncond)
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "the weights are reshaped to (b, 1, 1, 1) whatever the predictions are: other shapes are then blown up.",
    read="Notation, on shapes",
)
def cfg_combine__four_axes(cond, uncond, w):
    if isinstance(w, Tensor):
        w = w.reshape(-1, 1, 1, 1)
    guided = uncond + w * (cond - uncond)
    return guided.to(cond.dtype)


@wrong(
    "cfg_combine",
    "the result is not cast: float64 weights make float32 predictions float64.",
    read="Convention of task 2.1",
)
def cfg_combine__float64(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    guided = uncond + w * (cond - uncond)
    return guided


@wrong(
    "cfg_combine",
    "the guided prediction is written into one of those that came in: the caller's is then overwritten.",
    read="Notation, on arguments",
)
def cfg_combine__in_place(cond, uncond, w):
    if isinstance(w, Tensor):
        w = per_image(w, cond)
    cond -= uncond
    cond *= w
    cond += uncond
    return cond


@wrong(
    "cfg_combine",
    "the weight is moved by 1 the wrong way: the course's w is the paper's plus 1.",
    read="Convention of task 2.1",
)
def convert_weight__wrong_way(w, source, target):
    conditional = {"course": 1, "paper": 0}
    for name in (source, target):
        if name not in conditional:
            raise ValueError(f"no convention {name!r}: there is 'course' and 'paper'")
    return w + conditional[source] - conditional[target]


@wrong(
    "cfg_combine",
    "a convention that is not known is taken for the course's: a typing error then changes the guidance in "
    "silence.",
    read="Given of task 2.1",
)
def convert_weight__default(w, source, target):
    conditional = {"course": 1, "paper": 0}
    return w - conditional.get(source, 1) + conditional.get(target, 1)


@wrong(
    "cfg_combine",
    "every weight is taken for one of the paper's: converting from the course's form then gives 1 too much.",
    read="Convention of task 2.1",
)
def convert_weight__source_ignored(w, source, target):
    conditional = {"course": 1, "paper": 0}
    for name in (source, target):
        if name not in conditional:
            raise ValueError(f"no convention {name!r}: there is 'course' and 'paper'")
    return w + conditional[target]


# -------------------- 2.2 guided_x0
@wrong(
    "guided_x0",
    "the image from noise is not divided by sqrt(alpha_bar): that is x_t without its noise, still faded.",
    read="What of task 2.2",
)
def guided_x0__not_divided(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = x_t - (1 - a).sqrt() * guided
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "the velocity is added instead of subtracted: v is noise minus image, so it points away from the image.",
    read="What of task 2.2",
)
def guided_x0__v_added(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t + (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "the score is multiplied by the deviation of the noise instead of its variance, 1 - alpha_bar.",
    read="What of task 2.2",
)
def guided_x0__score_deviation(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a).sqrt() * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "the score is subtracted: it points uphill, towards the images, while noise points away from them.",
    read="What of task 2.2",
)
def guided_x0__score_downhill(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t - (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "sqrt(alpha_bar) is kept from 0 by a small constant: from eps at pure noise that makes numbers of 10 000 "
    "instead of an error.",
    read="Convention of task 2.2",
)
def guided_x0__clamped(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t).clamp(min=1e-8)
    guided = cfg_combine(cond, uncond, w)
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "pure noise is refused only when the whole batch is pure noise: one such image among others becomes inf.",
    read="Convention of task 2.2",
)
def guided_x0__all_of_them(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).all():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "pure noise is refused in every form: v and x0 are guided there too, which is why they are used.",
    read="Convention of task 2.2",
)
def guided_x0__v_refused(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "alpha_bar is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Notation, on shapes",
)
def guided_x0__by_columns(x_t, cond, uncond, w, alpha_bar, form):
    a = alpha_bar
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "a form that is not known is taken for eps: a typing error then gives wrong images in silence.",
    read="Convention of task 2.2",
)
def guided_x0__default_eps(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "the result is not cast: a float64 alpha_bar makes float32 images float64.",
    read="Given of task 2.2",
)
def guided_x0__float64(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0


@wrong(
    "guided_x0",
    "the roots are missing: alpha_bar is a variance, and x_t holds sqrt(alpha_bar) times the image.",
    read="What of task 2.2",
)
def guided_x0__without_roots(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a * x_t - (1 - a) * guided
        case "eps":
            x0 = (x_t - (1 - a) * guided) / a
        case "score":
            x0 = (x_t + (1 - a) * guided) / a
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


@wrong(
    "guided_x0",
    "the image is divided by alpha_bar instead of its square root: alpha_bar is the variance of the signal.",
    read="What of task 2.2",
)
def guided_x0__divided_by_the_variance(x_t, cond, uncond, w, alpha_bar, form):
    a = per_image(alpha_bar, x_t)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a
        case "score":
            x0 = (x_t + (1 - a) * guided) / a
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)


# -------------------- 2.3 rescale_cfg
@wrong(
    "rescale_cfg",
    "one deviation is taken over the whole batch: an image then depends on the others that are drawn with "
    "it.",
    read="Convention of task 2.3",
)
def rescale_cfg__whole_batch(guided, cond, phi=0.7):
    factor = phi * cond.std() / guided.std() + (1 - phi)
    return factor * guided


@wrong(
    "rescale_cfg",
    "the deviation is taken over the batch, pixel by pixel (dim=0), instead of over the pixels of each "
    "image.",
    read="Convention of task 2.3",
)
def rescale_cfg__over_the_batch(guided, cond, phi=0.7):
    ratio = cond.std(dim=0) / guided.std(dim=0)
    factor = phi * ratio + (1 - phi)
    return factor * guided


@wrong(
    "rescale_cfg",
    "each row has a deviation of its own (dim=-1): rows, or channels, then lose their proportions.",
    read="Convention of task 2.3",
)
def rescale_cfg__by_row(guided, cond, phi=0.7):
    ratio = cond.std(dim=-1, keepdim=True) / guided.std(dim=-1, keepdim=True)
    factor = phi * ratio + (1 - phi)
    return factor * guided


@wrong(
    "rescale_cfg",
    "the ratio is upside down: the larger the guided prediction is, the larger it is made.",
    read="What of task 2.3",
)
def rescale_cfg__upside_down(guided, cond, phi=0.7):
    ratio = guided.flatten(1).std(dim=1) / cond.flatten(1).std(dim=1)
    factor = phi * ratio + (1 - phi)
    return per_image(factor, guided) * guided


@wrong(
    "rescale_cfg",
    "phi and 1 - phi have each other's place: phi = 0 then rescales fully.",
    read="What of task 2.3",
)
def rescale_cfg__phi_exchanged(guided, cond, phi=0.7):
    ratio = cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)
    factor = (1 - phi) * ratio + phi
    return per_image(factor, guided) * guided


@wrong(
    "rescale_cfg",
    "the ratio is one of variances instead of deviations.",
    read="What of task 2.3",
)
def rescale_cfg__variances(guided, cond, phi=0.7):
    ratio = cond.flatten(1).var(dim=1) / guided.flatten(1).var(dim=1)
    factor = phi * ratio + (1 - phi)
    return per_image(factor, guided) * guided


@wrong(
    "rescale_cfg",
    "norms are compared instead of deviations: they also count how bright the prediction is on average.",
    read="Convention of task 2.3",
)
def rescale_cfg__norms(guided, cond, phi=0.7):
    norm_c, norm_g = (prediction.flatten(1).norm(dim=1) for prediction in (cond, guided))
    ratio = norm_c / norm_g
    factor = phi * ratio + (1 - phi)
    return per_image(factor, guided) * guided


@wrong(
    "rescale_cfg",
    "phi mixes the rescaled prediction with the conditional one instead of with the guided one: that "
    "undoes the "
    "guidance.",
    read="What of task 2.3",
)
def rescale_cfg__mixed_with_cond(guided, cond, phi=0.7):
    ratio = cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)
    return phi * per_image(ratio, guided) * guided + (1 - phi) * cond


@wrong(
    "rescale_cfg",
    "phi is not used: the prediction is rescaled fully.",
    read="What of task 2.3",
)
def rescale_cfg__without_phi(guided, cond, phi=0.7):
    ratio = cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)
    return per_image(ratio, guided) * guided


# -------------------- 2.4 dynamic_threshold
@wrong(
    "dynamic_threshold",
    "s may be below 1: dark images are then stretched to full contrast at every step.",
    read="What of task 2.4",
)
def dynamic_threshold__without_max(x0, percentile=0.995):
    magnitude = x0.flatten(1).abs()
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    low, high = largest[:, -1], largest[:, -2:][:, 0]
    s = torch.lerp(low, high, percentile * (n - 1) - below)
    s = per_image(s, x0)
    return x0.clamp(-s, s) / s


@wrong(
    "dynamic_threshold",
    "one percentile is taken over the whole batch: a bright image then darkens the others.",
    read="Convention of task 2.4",
)
def dynamic_threshold__whole_batch(x0, percentile=0.995):
    magnitude = x0.flatten().abs()
    s = torch.quantile(magnitude, percentile).clamp(min=1)
    return x0.clamp(-s, s) / s


@wrong(
    "dynamic_threshold",
    "the percentile is that of the values instead of their absolute values: what is very dark is not seen.",
    read="What of task 2.4",
)
def dynamic_threshold__signed(x0, percentile=0.995):
    magnitude = x0.flatten(1)
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    low, high = largest[:, -1], largest[:, -2:][:, 0]
    s = torch.lerp(low, high, percentile * (n - 1) - below).clamp(min=1)
    s = per_image(s, x0)
    return x0.clamp(-s, s) / s


@wrong(
    "dynamic_threshold",
    "the image is clipped at s but not divided by it: it then still leaves [-1, 1].",
    read="What of task 2.4",
)
def dynamic_threshold__not_divided(x0, percentile=0.995):
    magnitude = x0.flatten(1).abs()
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    low, high = largest[:, -1], largest[:, -2:][:, 0]
    s = torch.lerp(low, high, percentile * (n - 1) - below).clamp(min=1)
    s = per_image(s, x0)
    return x0.clamp(-s, s)


@wrong(
    "dynamic_threshold",
    "the image is divided by s but not clipped: the values above the percentile stay outside [-1, 1].",
    read="What of task 2.4",
)
def dynamic_threshold__not_clipped(x0, percentile=0.995):
    magnitude = x0.flatten(1).abs()
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    low, high = largest[:, -1], largest[:, -2:][:, 0]
    s = torch.lerp(low, high, percentile * (n - 1) - below).clamp(min=1)
    s = per_image(s, x0)
    return x0 / s


@wrong(
    "dynamic_threshold",
    "the image is clipped at 1, whatever its percentile: that is static thresholding, and saturates.",
    read="Why of task 2.4",
)
def dynamic_threshold__static(x0, percentile=0.995):
    return x0.clamp(-1, 1)


@wrong(
    "dynamic_threshold",
    "the image is first clipped at 1 and then divided by s: bright images become dull instead of keeping "
    "detail.",
    read="What of task 2.4",
)
def dynamic_threshold__clipped_at_1(x0, percentile=0.995):
    magnitude = x0.flatten(1).abs()
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    low, high = largest[:, -1], largest[:, -2:][:, 0]
    s = torch.lerp(low, high, percentile * (n - 1) - below).clamp(min=1)
    s = per_image(s, x0)
    return x0.clamp(-1, 1) / s


@wrong(
    "dynamic_threshold",
    "the percentile is rounded down to a value that occurs instead of being interpolated between two.",
    read="Convention of task 2.4",
)
def dynamic_threshold__not_interpolated(x0, percentile=0.995):
    magnitude = x0.flatten(1).abs()
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))
    largest = magnitude.topk(n - below, dim=1).values
    s = largest[:, -1].clamp(min=1)
    s = per_image(s, x0)
    return x0.clamp(-s, s) / s


@wrong(
    "dynamic_threshold",
    "each channel has a percentile of its own: channels that differ in size then change their colour.",
    read="Convention of task 2.4",
)
def dynamic_threshold__by_channel(x0, percentile=0.995):
    images = x0 if x0.ndim > 2 else x0[:, None]
    s = torch.quantile(images.flatten(2).abs().double(), percentile, dim=2).clamp(min=1).to(x0.dtype)
    s = s.reshape(*s.shape, *[1] * (images.ndim - 2))
    return (images.clamp(-s, s) / s).reshape(x0.shape)


# -------------------- 3.1 classifier_guidance
@wrong(
    "classifier_guidance",
    "the log-probabilities are averaged over the batch before the gradient is taken: guidance then "
    "becomes weaker "
    "the more images are drawn at once.",
    read="Convention of task 3.1",
)
def classifier_gradient__mean(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.mean(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "the gradient is that of the logit: without log_softmax the image is not drawn away from the other "
    "classes.",
    read="What of task 3.1",
)
def classifier_gradient__of_logits(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "the gradient is that of the probability instead of its logarithm: it vanishes where the class "
    "is unlikely, "
    "which is where it is needed.",
    read="What of task 3.1",
)
def classifier_gradient__of_probability(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).softmax(dim=1)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "the logits are normalised over the batch (dim=0) instead of over the classes.",
    read="Given of task 3.1",
)
def classifier_gradient__over_the_batch(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=0)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "the columns `labels` are taken of every image (log_p[:, labels]): each is pushed to the classes of all.",
    read="Given of task 3.1",
)
def classifier_gradient__all_labels(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)
        chosen = log_p[:, labels]
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "backward() is used: it also leaves gradients in the parameters of the classifier, which add up step "
    "by step.",
    read="Convention of task 3.1",
)
def classifier_gradient__backward(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)
        chosen = log_p.gather(1, labels[:, None])
        chosen.sum().backward()
    return x.grad


@wrong(
    "classifier_guidance",
    "the gradient is itself recorded (create_graph): every step then keeps the graph of all steps before it.",
    read="Convention of task 3.1",
)
def classifier_gradient__recorded(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), x, create_graph=True)
    return gradient


@wrong(
    "classifier_guidance",
    "recording is not switched on: under torch.no_grad, where samplers run, there is nothing to "
    "differentiate.",
    read="Convention of task 3.1",
)
def classifier_gradient__needs_grad_mode(classifier, x_t, t, labels):
    x = x_t.detach().requires_grad_()
    log_p = classifier(x, t).log_softmax(dim=1)
    chosen = log_p.gather(1, labels[:, None])
    (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "requires_grad_ is called on the caller's x_t: from then on everything that is made of it is recorded.",
    read="Convention of task 3.1",
)
def classifier_gradient__callers_x(classifier, x_t, t, labels):
    with torch.enable_grad():
        x = x_t if x_t.grad_fn is not None else x_t.requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)
        chosen = log_p.gather(1, labels[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient


@wrong(
    "classifier_guidance",
    "the gradient is added to the noise: the score is minus the noise, so this leads away from the class.",
    read="What of task 3.1",
)
def classifier_guidance__added(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    noise_std = per_image((1 - alpha_bar[t]).sqrt(), x_t)
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return (eps + scale * noise_std * gradient).to(eps.dtype)


@wrong(
    "classifier_guidance",
    "the factor sqrt(1 - alpha_bar) is missing: noise is minus the score times that deviation.",
    read="What of task 3.1",
)
def classifier_guidance__without_deviation(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return (eps - scale * gradient).to(eps.dtype)


@wrong(
    "classifier_guidance",
    "the gradient is multiplied by the variance of the noise, 1 - alpha_bar, instead of its square root. "
    "(Algorithm 1 has a variance too, but that of a reverse step, because it shifts a mean.)",
    read="What of task 3.1",
)
def classifier_guidance__variance(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    noise_std = per_image(1 - alpha_bar[t], x_t)
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return (eps - scale * noise_std * gradient).to(eps.dtype)


@wrong(
    "classifier_guidance",
    "the deviation is that of the signal, sqrt(alpha_bar), instead of that of the noise.",
    read="What of task 3.1",
)
def classifier_guidance__signal(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    noise_std = per_image(alpha_bar[t].sqrt(), x_t)
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return (eps - scale * noise_std * gradient).to(eps.dtype)


@wrong(
    "classifier_guidance",
    "the result is not cast: a float64 schedule makes float32 noise float64.",
    read="Given of task 3.1",
)
def classifier_guidance__float64(classifier, eps, x_t, t, labels, alpha_bar, scale=1.0):
    noise_std = per_image((1 - alpha_bar[t]).sqrt(), x_t)
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return eps - scale * noise_std * gradient


edit(
    "classifier_guidance",
    "classifier_guidance__schedule_not_indexed",
    "alpha_bar[t]",
    "alpha_bar",
    "alpha_bar is used instead of alpha_bar[t]: image i gets the level of step i instead of its own step's.",
    read="Given of task 3.1",
)


# -------------------- 4.1 guided_step
@wrong(
    "guided_step",
    "the model is called twice, once for each half: the numbers are right, but an accelerator runs one batch "
    "of 2b "
    "faster than two of b.",
    read="Why of task 4.1",
)
def guided_step__two_calls(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    cond = model(x_t, steps, context)
    uncond = model(x_t, steps, negative)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "the halves are taken in the wrong order: chunk(2) gives them back in the order in which torch.cat put "
    "them.",
    read="What of task 4.1",
)
def guided_step__wrong_halves(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))
    uncond, cond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "the images are doubled one by one (repeat_interleave) and the contexts as a whole: images then get the "
    "contexts of others.",
    read="What of task 4.1",
)
def guided_step__interleaved(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    both = model(x_t.repeat_interleave(2, dim=0), steps.repeat(2), torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "the batch is doubled but t is not: a network needs one step for each image.",
    read="Given of part 4",
)
def guided_step__t_not_doubled(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    both = model(torch.cat([x_t, x_t]), steps, torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "both halves are asked at w = 1 too, where one has no effect: plain conditional steps then cost twice "
    "as much.",
    read="Convention of task 4.1",
)
def guided_step__always_doubled(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "guidance is switched off for every w up to 1, as a well-known library does: w = 0 is then "
    "conditional instead "
    "of unconditional.",
    read="Convention of task 4.1",
)
def guided_step__off_below_1(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w <= 1:
        return step(x_t, model(x_t, steps, context), t)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "`negative` is not used, and a context of zeros takes its place: zero is a class like others, and "
    "a negative "
    "context has no effect.",
    read="Given of task 4.1",
)
def guided_step__zeros_for_negative(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, torch.zeros_like(context)]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)


@wrong(
    "guided_step",
    "`step` gets t - 1, the step that is reached, instead of t, the step that is made.",
    read="Given of part 4",
)
def guided_step__step_reached(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return step(x_t, model(x_t, steps, context), t - 1)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t - 1)


@wrong(
    "guided_step",
    "the guided prediction is returned instead of x_{t-1}, which `step` makes of it.",
    read="What of task 4.1",
)
def guided_step__prediction(model, x_t, t, context, negative, w, step):
    steps = torch.full((len(x_t),), t, device=x_t.device)
    if w == 1:
        return model(x_t, steps, context)
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))
    cond, uncond = both.chunk(2)
    return cfg_combine(cond, uncond, w)


# -------------------- 4.2 weight_schedules
@wrong(
    "weight_schedules",
    "the weight outside the interval is 0 instead of 1: those steps are then unconditional, and draw "
    "anything.",
    read="Convention of task 4.2",
)
def interval_weights__zero_outside(alpha_bar, w, sigma_low, sigma_high):
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.zeros_like(alpha_bar).masked_fill(inside, w)


@wrong(
    "weight_schedules",
    "the interval is turned round: guidance acts outside of it.",
    read="What of task 4.2",
)
def interval_weights__outside(alpha_bar, w, sigma_low, sigma_high):
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(~inside, w)


@wrong(
    "weight_schedules",
    "the lower end belongs to the interval too: it is open below, so that intervals can follow each other.",
    read="Convention of task 4.2",
)
def interval_weights__closed(alpha_bar, w, sigma_low, sigma_high):
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma >= sigma_low) & (sigma <= sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(inside, w)


@wrong(
    "weight_schedules",
    "the upper end does not belong to the interval: with no upper bound, infinity, pure noise is then not "
    "guided.",
    read="Convention of task 4.2",
)
def interval_weights__open(alpha_bar, w, sigma_low, sigma_high):
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma < sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(inside, w)


@wrong(
    "weight_schedules",
    "sigma is sqrt(1 - alpha_bar), which never exceeds 1: the interval is stated for a signal of size 1.",
    read="What of task 4.2",
)
def interval_weights__of_x_t(alpha_bar, w, sigma_low, sigma_high):
    sigma = (1 - alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(inside, w)


@wrong(
    "weight_schedules",
    "the ratio of variances is compared instead of its square root.",
    read="What of task 4.2",
)
def interval_weights__variances(alpha_bar, w, sigma_low, sigma_high):
    sigma = (1 - alpha_bar) / alpha_bar
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(inside, w)


@wrong(
    "weight_schedules",
    "torch.where between two plain numbers makes float32: 7.3 becomes 7.3000002.",
    read="What of task 4.2",
)
def interval_weights__float32(alpha_bar, w, sigma_low, sigma_high):
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.where(inside, w, 1.0)


@wrong(
    "weight_schedules",
    "the line runs the other way: guidance is then strongest at pure noise, where it does most harm.",
    read="What of task 4.2",
)
def linear_weights__reversed(T, w):
    if T < 2:
        raise ValueError(f"a line needs at least 2 steps, but T is {T}")
    return torch.linspace(1, 2 * w - 1, T, dtype=torch.float64)


@wrong(
    "weight_schedules",
    "the line ends at w instead of having the mean w: on average it guides half as much as a constant "
    "weight.",
    read="What of task 4.2",
)
def linear_weights__up_to_w(T, w):
    if T < 2:
        raise ValueError(f"a line needs at least 2 steps, but T is {T}")
    return torch.linspace(w, 1, T, dtype=torch.float64)


@wrong(
    "weight_schedules",
    "the line begins at 0, as in the paper, whose weights are smaller by 1: here 0 is unconditional.",
    read="Convention of task 4.2",
)
def linear_weights__from_zero(T, w):
    if T < 2:
        raise ValueError(f"a line needs at least 2 steps, but T is {T}")
    return torch.linspace(2 * w, 0, T, dtype=torch.float64)


@wrong(
    "weight_schedules",
    "one step is not refused: linspace then returns 2 w - 1 alone, whose mean is not w.",
    read="Convention of task 4.2",
)
def linear_weights__one_step(T, w):
    return torch.linspace(2 * w - 1, 1, T, dtype=torch.float64)


# -------------------- 4.3 guided_sample
@wrong(
    "guided_sample",
    "gradients are recorded: the graph of every step is kept until the end, and memory grows with T.",
    read="Convention of task 4.3",
)
def guided_sample__recorded(model, x_T, context, negative, weights, step):
    x = x_T
    for t in reversed(range(len(weights))):
        x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x


@wrong(
    "guided_sample",
    "the images are detached at the end only: until then the graph of every step is kept.",
    read="Convention of task 4.3",
)
def guided_sample__detached_at_the_end(model, x_T, context, negative, weights, step):
    x = x_T
    for t in reversed(range(len(weights))):
        x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x.detach()


@wrong(
    "guided_sample",
    "the steps are made in the order 0, 1, 2, ...: sampling begins with pure noise, at step T - 1.",
    read="What of task 4.3",
)
def guided_sample__forward(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in range(len(weights)):
            x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x


@wrong(
    "guided_sample",
    "step 0 is left out: range stops before its end, and the images keep the last of their noise.",
    read="What of task 4.3",
)
def guided_sample__without_step_0(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in range(len(weights) - 1, 0, -1):
            x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x


@wrong(
    "guided_sample",
    "the weights are read in the order of sampling: weights[t] belongs to step t, so the first step uses "
    "the last.",
    read="Given of task 4.3",
)
def guided_sample__weights_reversed(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x = guided_step(model, x, t, context, negative, weights[len(weights) - 1 - t].item(), step)
    return x


@wrong(
    "guided_sample",
    "every step has the weight of step 0.",
    read="What of task 4.3",
)
def guided_sample__one_weight(model, x_T, context, negative, weights, step):
    x, w = x_T, weights[0].item()
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x = guided_step(model, x, t, context, negative, w, step)
    return x


@wrong(
    "guided_sample",
    "`context` and `negative` have each other's place: the images are then what was to be avoided.",
    read="Given of task 4.3",
)
def guided_sample__contexts_exchanged(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x = guided_step(model, x, t, negative, context, weights[t].item(), step)
    return x


@wrong(
    "guided_sample",
    "every step is written into x_T: the caller's noise is then gone, and cannot be used with another "
    "weight.",
    read="Notation, on arguments",
)
def guided_sample__in_place(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x.copy_(guided_step(model, x, t, context, negative, weights[t].item(), step))
    return x


@wrong(
    "guided_sample",
    "every step begins again with x_T instead of with what the step before has made.",
    read="What of task 4.3",
)
def guided_sample__from_the_noise(model, x_T, context, negative, weights, step):
    x = x_T
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x = guided_step(model, x_T, t, context, negative, weights[t].item(), step)
    return x


# -------------------- 5.1 tilted_gaussian
@wrong(
    "tilted_gaussian",
    "w is read as in the paper, p_u^(-w) p_c^(1 + w): the density is then tilted by 1 more.",
    read="Convention of task 5.1",
)
def tilted_gaussian__paper(mean_c, var_c, mean_u, var_u, w):
    precision = -w / var_u + (1 + w) / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = (-w * mean_u / var_u + (1 + w) * mean_c / var_c) / precision
    return mean, 1 / precision


@wrong(
    "tilted_gaussian",
    "the variances are combined instead of the precisions: in a product of Gaussians precisions add up.",
    read="What of task 5.1",
)
def tilted_gaussian__variances(mean_c, var_c, mean_u, var_u, w):
    variance = (1 - w) * var_u + w * var_c
    if (variance <= 0).any():
        raise ValueError(f"no density: the smallest variance is {variance.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) * variance
    return mean, variance


@wrong(
    "tilted_gaussian",
    "the variance is v_u ** (1 - w) * v_c ** w: that is where the ODE ends, not the density that it is "
    "named after.",
    read="Why of task 5.1",
)
def tilted_gaussian__of_the_ode(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, var_u ** (1 - w) * var_c**w


@wrong(
    "tilted_gaussian",
    "the means are combined without their precisions: that holds for equal variances only.",
    read="What of task 5.1",
)
def tilted_gaussian__plain_means(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = (1 - w) * mean_u + w * mean_c
    return mean, 1 / precision


@wrong(
    "tilted_gaussian",
    "the mean is not divided by the precision.",
    read="What of task 5.1",
)
def tilted_gaussian__mean_not_divided(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = (1 - w) * mean_u / var_u + w * mean_c / var_c
    return mean, 1 / precision


@wrong(
    "tilted_gaussian",
    "a precision that is not positive is not refused: the result then has a negative variance, or an "
    "infinite one.",
    read="What of task 5.1",
)
def tilted_gaussian__any_precision(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_u + w / var_c
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision


@wrong(
    "tilted_gaussian",
    "the precision comes back instead of the variance.",
    read="What of task 5.1",
)
def tilted_gaussian__precision(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, precision


@wrong(
    "tilted_gaussian",
    "the two variances have each other's place: 1 - w belongs to v_u and w to v_c.",
    read="What of task 5.1",
)
def tilted_gaussian__variances_exchanged(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_c + w / var_u
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_c + w * mean_c / var_u) / precision
    return mean, 1 / precision


@wrong(
    "tilted_gaussian",
    "in the precision, not in the mean, the two variances have each other's place.",
    read="What of task 5.1",
)
def tilted_gaussian__precision_of_exchanged(mean_c, var_c, mean_u, var_u, w):
    precision = (1 - w) / var_c + w / var_u
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision


edit(
    "tilted_gaussian",
    "tilted_gaussian__mean_of_exchanged",
    "(1 - w) * mean_u / var_u + w * mean_c / var_c",
    "(1 - w) * mean_u / var_c + w * mean_c / var_u",
    "in the mean, not in the precision, the two variances have each other's place.",
    read="What of task 5.1",
)


@wrong(
    "tilted_gaussian",
    "w and 1 - w have each other's place: w belongs to p_c.",
    read="What of task 5.1",
)
def tilted_gaussian__weights_exchanged(mean_c, var_c, mean_u, var_u, w):
    w = 1 - w
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision


# -------------------- 5.2 guided_ode_gaussian
@wrong(
    "guided_ode_gaussian",
    "the tilted density comes back: the ODE follows the tilted scores, but not to the tilted density.",
    read="Why of task 5.2",
)
def guided_ode_gaussian__tilted(mean_c, var_c, mean_u, var_u, w, points=2_001):
    precision = (1 - w) / var_u + w / var_c
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision


@wrong(
    "guided_ode_gaussian",
    "the mean is m_u + w (m_c - m_u), which holds for equal variances only.",
    read="What of task 5.2",
)
def guided_ode_gaussian__plain_mean(mean_c, var_c, mean_u, var_u, w, points=2_001):
    mean = (1 - w) * mean_u + w * mean_c
    return mean, var_u ** (1 - w) * var_c**w


@wrong(
    "guided_ode_gaussian",
    "the variances are added with their weights, (1 - w) v_u + w v_c, instead of multiplied with them as "
    "powers.",
    read="What of task 5.2",
)
def guided_ode_gaussian__arithmetic(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = ((1 - w) * V_u + w * V_c).abs().sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = (1 - w) * var_u + w * var_c
    mean = variance.abs().sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance


@wrong(
    "guided_ode_gaussian",
    "S is the variance instead of the deviation: its square root is missing.",
    read="What of task 5.2",
)
def guided_ode_gaussian__variance(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = V_u ** (1 - w) * V_c**w
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = variance * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance


@wrong(
    "guided_ode_gaussian",
    "the deviation comes back instead of the variance.",
    read="What of task 5.2",
)
def guided_ode_gaussian__deviation(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = variance.sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance.sqrt()


@wrong(
    "guided_ode_gaussian",
    "the integral is not multiplied by S(0): that is the slope from every theta to the image, without its "
    "end.",
    read="What of task 5.2",
)
def guided_ode_gaussian__without_S0(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance


@wrong(
    "guided_ode_gaussian",
    "the factor sin(theta) of the integral is missing.",
    read="What of task 5.2",
)
def guided_ode_gaussian__without_sine(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = variance.sqrt() * torch.trapezoid(pull / S, theta, dim=0)
    return mean, variance


@wrong(
    "guided_ode_gaussian",
    "cosine and sine have each other's place in the variances: theta = 0 is then pure noise.",
    read="What of task 5.2",
)
def guided_ode_gaussian__turned_round(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.sin() ** 2 + theta.cos() ** 2
    V_u = var_u * theta.sin() ** 2 + theta.cos() ** 2
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = variance.sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance


@wrong(
    "guided_ode_gaussian",
    "the sum is multiplied by pi / 2 and divided by the number of points (a mean): both ends then "
    "count whole, "
    "and only three digits are right.",
    read="Convention of task 5.2",
)
def guided_ode_gaussian__plain_mean_of_points(mean_c, var_c, mean_u, var_u, w, points=2_001):
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w
    mean = variance.sqrt() * (theta.sin() * pull / S).mean(dim=0) * math.pi / 2
    return mean, variance


edit(
    "guided_ode_gaussian",
    "guided_ode_gaussian__tilted_variance",
    "variance.sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)\n",
    "S[0] * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)\n"
    "    variance = 1 / ((1 - w) / var_u + w / var_c)\n",
    "the mean is that of the ODE, but the variance that of the tilted density of task 5.1.",
    read="What of task 5.2",
)


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
