"""The technique checklist of a training loop of the script's own, and what its rounds decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from overfitcheck.finding import TECHNIQUES, Answer
from overfitcheck.script.checklist import (
    IMBALANCE,
    answer,
    augments,
    uses_dropout,
    uses_penalty,
    weighs_classes,
)
from overfitcheck.script.custom_loops import CustomLoop
from overfitcheck.script.custom_steps import ADDED_PENALTIES, nodes_in
from overfitcheck.script.evening import resamples_classes
from overfitcheck.script.keras_names import loss_name
from overfitcheck.script.learning_rate import RATE_NAMES, SCHEDULES, is_optimizer, rate_of
from overfitcheck.script.models import CLASSIFICATION
from overfitcheck.script.nodes import inner_nodes
from overfitcheck.script.regression import CLASS_WORDS, learns_numbers
from overfitcheck.script.values import Call, Unknown, Value, constant, flag, options

MEASURED = r"(?i)loss|acc|metric|score|patien|wait|best|improv|stop|auc|f1|err|converg|plateau|val"
"""What the test of an ``if`` speaks of where it decides by how well the training goes."""

STOPPING = frozenset("patience early stop stopping stopper stopped earlystopping callbacks".split())
KEEPING = (
    r"(?i)save|[gs]et_weights|best_(?:w|m|n)|copy|clone|check_?point|ckpt|callback|dump|store|keep|"
    r"snapshot|export"
)
"""What in the text of a loop may keep weights."""

WAITING = r"(?i)patien|wait"
"""What the test of an ``if`` speaks of where it counts the rounds since the best one."""

RATES = frozenset("lr learning rate schedule scheduler decay anneal warmup cosine".split())
AUGMENTS = frozenset("augment augmentation augmented augmenter flip crop mixup cutmix".split())

WEIGHED = r"(?:class|sample|pos)_?weight|mask|focal|weighted|balanc|over_?sampl"
PENALISED = r"\b_?l[12]_|_l[12]\b|\bl[12]\(|regular|penal|decay|\bnorm\("

SAVING = ("save", "save_weights", "save_model", "get_weights", "write", "export", "deepcopy")


def checklist_of_loop(loop: CustomLoop) -> Mapping[str, Answer]:
    """The answer for each technique, in their order."""
    questions = (
        loop.has_validation,
        weighs_classes_by_hand(loop),
        uses_dropout(loop),
        _augments(loop),
        stops_early(loop),
        _penalises(loop),
        _reduces_rate(loop),
        keeps_best_by_hand(loop),
    )
    answers = {name: answer(value) for name, value in zip(TECHNIQUES, questions, strict=False)}
    if not loop.text_words & CLASS_WORDS and answers[IMBALANCE] is not Answer.YES:
        if learns_numbers(loss_of_loop(loop), loop):
            answers[IMBALANCE] = Answer.NOT_APPLICABLE
    return answers


def loss_of_loop(loop: CustomLoop) -> str | None:
    """The loss in snake case; None where it is none of Keras, or not known."""
    if loop.trained is None:
        return loss_name(loop.compiled["loss"]) if loop.compiled is not None else None
    names: set[str] = set()
    for each in loop.trained.behind():
        made = each.receiver if isinstance(each, Call) and each.method == "__call__" else each
        name = loss_name(made) if isinstance(made, Call) else None
        if name is not None:
            names.add(name)
    return names.pop() if len(names) == 1 else None


def weighs_classes_by_hand(loop: CustomLoop) -> bool | None:
    """Whether class weights, sample weights or resampling reach its updates."""
    if loop.trained is None:
        return weighs_classes(loop)
    for each in loop.trained.behind():
        if isinstance(each, Call) and "sample_weight" in each.keywords:
            return True
    resampled = resamples_classes(loop.script, loop.y, loop.x)
    if resampled is not False:
        return resampled
    if re.search(WEIGHED, loop.text):
        return None
    return False if loss_of_loop(loop) in CLASSIFICATION else None


def _augments(loop: CustomLoop) -> bool | None:
    found = augments(loop)
    return None if found is False and loop.text_words & AUGMENTS else found


def _penalises(loop: CustomLoop) -> bool | None:
    """Whether weights are penalised: a regularizer whose loss is added, or by weight decay."""
    if loop.trained is None:
        return uses_penalty(loop)
    optimizers = options(optimizer_of_loop(loop) or Unknown())
    decays = [each.argument("weight_decay") for each in optimizers if isinstance(each, Call)]
    if any(each is not None and constant(each.value, ...) is not None for each in decays):
        return True
    if any(isinstance(each, Call) and each.short_name == "AdamW" for each in optimizers):
        return True
    penalised = _has_regularizer(loop)
    if penalised and ADDED_PENALTIES.search(loop.text):
        return True
    known = all(isinstance(each, Call) and is_optimizer(each) for each in optimizers)
    if re.search(PENALISED, loop.text) or ADDED_PENALTIES.search(loop.text) or not known:
        return None
    return False if penalised or loop.model.layers.is_whole else None


def _has_regularizer(loop: CustomLoop) -> bool:
    return any(
        name.endswith("_regularizer") and constant(given.value, ...) is not None
        for layer in loop.model.layers.every
        for name, given in layer.arguments.items()
    )


def optimizer_of_loop(loop: CustomLoop) -> Value | None:
    """The optimizer that changes the weights; None where it is not known."""
    if loop.trained is not None:
        return loop.trained.applied.receiver
    return loop.compiled["optimizer"] if loop.compiled is not None else None


def schedule_of_loop(loop: CustomLoop) -> Call | None:
    """The schedule object of Keras that the optimizer surely follows."""
    optimizer = optimizer_of_loop(loop)
    rate = rate_of(optimizer) if optimizer is not None else None
    if isinstance(rate, Call) and (rate.function or "").startswith(SCHEDULES):
        return rate
    return None


def _reduces_rate(loop: CustomLoop) -> bool | None:
    """Whether the learning rate becomes smaller: by a schedule, or by hand."""
    if schedule_of_loop(loop) is not None or loop.callbacks.of("LearningRateScheduler"):
        return True
    optimizer = optimizer_of_loop(loop)
    rate = rate_of(optimizer) if optimizer is not None else None
    if isinstance(rate, Call):
        return None
    named = [each for each in loop.script.assignments if each.name in RATE_NAMES]
    if any(loop.loop in each.context.loops for each in named):
        return True
    if any(_sets_rate(loop, call) for call in loop.inside):
        return True
    if named or loop.text_words & RATES or rate is None or not loop.is_whole:
        return None
    return False if isinstance(constant(rate), (int, float)) else None


def _sets_rate(loop: CustomLoop, call: Call) -> bool:
    text = loop.script.text(call.node) if call.short_name in ("assign", "set_value") else ""
    return ".lr" in text or "learning_rate" in text


def stops_early(loop: CustomLoop) -> bool | None:
    """Whether a ``break`` ends it by how well it goes; None where it may end otherwise."""
    ends = list(_ends(loop))
    if isinstance(loop.loop, cst.While):
        ends.append([loop.loop.test])
    if any(re.search(MEASURED, _code(loop, tests)) for tests in ends):
        return True
    doubtful = loop.text_words & STOPPING or loop.callbacks.has("EarlyStopping")
    return None if ends or doubtful or not loop.is_whole else False


def patient_end(loop: CustomLoop) -> cst.BaseExpression | None:
    """The test of the ``if`` that ends a loop some rounds after its best one."""
    for tests in _ends(loop):
        for test in tests[-1:]:
            if re.search(WAITING, _code(loop, [test])):
                return test
    return None


def _ends(loop: CustomLoop) -> Iterator[list[cst.BaseExpression]]:
    """For each ``break`` and ``return`` that ends a loop, the tests that it depends on."""
    body = loop.loop.body
    waiting: list[tuple[cst.CSTNode, list[cst.BaseExpression], bool]] = [(body, [], False)]
    while waiting:
        node, tests, inner = waiting.pop()
        if loop.script.walk.is_dead(node):
            continue
        if isinstance(node, cst.Return) or (isinstance(node, cst.Break) and not inner):
            yield tests
        elif isinstance(node, cst.If):
            waiting.append((node.body, [*tests, node.test], inner))
            if node.orelse is not None:
                waiting.append((node.orelse, [*tests, node.test], inner))
        elif not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.BaseExpression)):
            inner = inner or isinstance(node, (cst.For, cst.While))
            waiting.extend((each, tests, inner) for each in inner_nodes(node))


def _code(loop: CustomLoop, nodes: list[cst.BaseExpression]) -> str:
    return " ".join(map(loop.script.text, nodes))


def keeps_best_by_hand(loop: CustomLoop) -> bool | None:
    """Whether it saves the weights where they are the best so far."""
    functions = {id(each.context.function): each.context.function for each in loop.inside}
    bodies = [loop.loop, *(each.node for each in functions.values() if each is not None)]
    inside = {id(each) for body in bodies for each in nodes_in(body) if type(each) is cst.If}
    may_keep = "best" in loop.text_words and re.search(KEEPING, loop.text) is not None
    unseen = "callback" in loop.text and not loop.callbacks.complete
    kept = _checkpoint_keeps(loop)
    doubtful = may_keep or unseen or kept is None or loop.is_handed_around or not loop.is_whole
    if kept:
        return True
    for save in (call for call in loop.inside if _saves(loop, call)):
        guards = [node for node, _ in save.context.branches if id(node) in inside]
        tests = [node.test for node in guards if isinstance(node, cst.If)]
        if any(_asks_for_better(loop, test) for test in tests):
            return True
        doubtful = doubtful or any("%" not in _code(loop, [test]) for test in tests)
    return None if doubtful else False


def _checkpoint_keeps(loop: CustomLoop) -> bool | None:
    """Whether a callback saves the best weights: only one that is made once knows the best."""
    checkpoints = loop.callbacks.of("ModelCheckpoint")
    for each in checkpoints:
        if flag(each["save_best_only"]) is True and loop.loop not in each.context.loops:
            return True
    doubtful = any(flag(each["save_best_only"], ...) is not False for each in checkpoints)
    by_itself = loop.callbacks.has("ModelCheckpoint") and not checkpoints
    return None if doubtful or by_itself else False


def _saves(loop: CustomLoop, call: Call) -> bool:
    """Whether a call keeps the weights of the model, in a file or in a variable."""
    if call.short_name not in SAVING:
        return False
    given = [argument.value for argument in call.positional]
    if any(loop.script.same(value, loop) for value in (call.receiver, *given)):
        return True
    owner = call.receiver
    return isinstance(owner, Call) and (owner.function or "").startswith("tensorflow.train.")


def _asks_for_better(loop: CustomLoop, test: cst.BaseExpression) -> bool:
    """Whether a test compares how well it goes with how well it went before."""
    text = _code(loop, [test])
    if "%" in text or re.search(MEASURED, text) is None:
        return False
    return re.search(r"[<>]|best|improv", text) is not None
