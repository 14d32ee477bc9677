"""A small language model of our own: masked words of a corpus' texts, in the texts' own words.

    python -m benchmarks.language_model --out build/language-model
    crystext embed mini --encoder build/language-model

A token is what a description is made of: a word, an element's symbol (formulas are cut into
elements), a space group's symbol, the number of a site in its brackets, a digit; the digit after a
decimal point is one of its own, so that tenths are no hundredths. A small ModernBERT learns to fill
in tokens that are hidden of texts, and never sees a property. One crystal in ten is held out: what
share of its hidden tokens is found is printed, beside that of always saying the commonest. Another
corpus is given by ``--corpus``. What is learnt from, the crystals that a benchmark tests included,
is texts alone; ``benchmarks/results/language_model.md`` says what such a model is worth.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.corpus.reader import load_corpus
from crystext.model.text.batches import padded
from crystext.model.text.sections import section_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SPECIAL = PAD, UNKNOWN, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
TOKEN = (
    r"\S+(?= space group)"  # Fm-3m
    r"|[A-Z][a-z]?(?![a-z])"  # elements, alone and in formulas
    r"|\p{L}+|\(\d+\)|\.\d|\d"  # words; the number of a site; tenths; digits
    r"|[^\s\p{L}\d]"
)
POSITIONS, HEADS = 512, 4
HIDDEN = 0.25
"""Part of the tokens that is hidden: more than BERT's 15 %, for descriptions repeat themselves."""
BUDGET = 1024
"""Tokens of a batch, padding included."""
WARM_UP = 0.1
HELD_OUT = 0.1


def make_tokenizer(texts: Sequence[str]) -> Any:
    """A tokenizer of whole words that knows those which stand in ``texts`` at least twice."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(TOKEN), "removed", invert=True)
    words.train_from_iterator(
        texts, trainers.WordLevelTrainer(min_frequency=2, special_tokens=list(SPECIAL))
    )
    words.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}",
        special_tokens=[(one, words.token_to_id(one)) for one in (CLS, SEP)],
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        model_max_length=POSITIONS,
        **{f"{name}_token": token for name, token in names.items()},
    )


def make_model(tokens: int, *, width: int, layers: int) -> Any:
    """A small ModernBERT of random weights.

    Its positions are rotary: a BERT, which must learn first which token is the next one, was
    hardly better than the frequencies of tokens after one pass over the texts.

    Args:
        tokens: that its tokenizer knows.
        width: of a token's state.
        layers: how many.
    """
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    ends: dict[str, Any] = {
        f"{name}_token_id": SPECIAL.index(token)
        for name, token in (("bos", CLS), ("cls", CLS), ("eos", SEP), ("sep", SEP), ("pad", PAD))
    }
    return ModernBertForMaskedLM(
        ModernBertConfig(
            vocab_size=tokens,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=HEADS,
            intermediate_size=2 * width,
            max_position_embeddings=POSITIONS,
            embedding_dropout=0.0,  # it sees each text a few times
            initializer_range=0.05,  # 0.02 is for wider ones
            **ends,
        )
    )


def batches(
    rows: Sequence[NDArray[np.int64]], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yields ids and attention mask (pieces, longest) of all rows, like lengths together."""
    lengths = np.array([len(row) for row in rows]) * rng.uniform(0.9, 1.1, len(rows))
    order, groups = np.argsort(lengths), []
    group: list[int] = []
    for one in order.tolist():
        longest = max(len(rows[i]) for i in (*group, one))
        if group and longest * (len(group) + 1) > BUDGET:
            groups.append(group)
            group = []
        group.append(one)
    groups.append(group)
    for place in rng.permutation(len(groups)):
        yield padded([rows[i] for i in groups[place]], 0)


def hide(
    ids: NDArray[np.int64], tokens: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Ids with some hidden, and which: of ten, eight masked, one another token, one as it is.

    The proportions are those of Devlin et al., BERT, NAACL 2019, section 3.1.
    """
    chosen = (ids >= len(SPECIAL)) & (rng.random(ids.shape) < HIDDEN)
    way, seen = rng.random(ids.shape), ids.copy()
    seen[chosen & (way < 0.8)] = SPECIAL.index(MASK)
    other = chosen & (way >= 0.8) & (way < 0.9)
    seen[other] = rng.integers(len(SPECIAL), tokens, int(other.sum()))
    return seen, chosen


def fill_in(
    model: Any, ids: NDArray[np.int64], mask: NDArray[np.int64], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (hidden, tokens) of the hidden tokens alone, and what they are (hidden,)."""
    seen, chosen = hide(ids, model.config.vocab_size, rng)
    states = model.model(
        input_ids=torch.from_numpy(seen), attention_mask=torch.from_numpy(mask)
    ).last_hidden_state
    where = torch.from_numpy(chosen)
    return model.decoder(model.head(states[where])), torch.from_numpy(ids)[where]


def learn(model: Any, rows: Sequence[NDArray[np.int64]], *, epochs: int, rate: float) -> int:
    """Trains the model on rows of ids, and gives the number of steps; prints the loss."""
    rng = np.random.default_rng(0)
    total = epochs * sum(1 for _ in batches(rows, np.random.default_rng(0)))
    optimiser = torch.optim.AdamW(model.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=total + epochs, pct_start=WARM_UP
    )  # batches are drawn anew: an epoch may have one more
    step, losses = 0, []
    model.train()
    for _ in range(epochs):
        for ids, mask in batches(rows, rng):
            loss = torch.nn.functional.cross_entropy(*fill_in(model, ids, mask, rng))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if step < total:
                schedule.step()
            losses.append(float(loss.detach()))
            step += 1
            if step % 200 == 0:
                print(f"step {step} of {total}: loss {np.mean(losses[-200:]):.3f}", flush=True)
    return step


def judged(model: Any, rows: Sequence[NDArray[np.int64]], commonest: int) -> dict[str, float]:
    """Of rows held out: share of hidden tokens that is found, perplexity, share of the commonest.

    Args:
        model: that fills in.
        rows: of ids.
        commonest: id of the commonest token.
    """
    rng = np.random.default_rng(1)
    found = plain = count = 0
    lost = 0.0
    model.eval()
    with torch.no_grad():
        for ids, mask in batches(rows, rng):
            logits, true = fill_in(model, ids, mask, rng)
            found += int((logits.argmax(1) == true).sum())
            plain += int((true == commonest).sum())
            lost += float(torch.nn.functional.cross_entropy(logits, true, reduction="sum"))
            count += len(true)
    return {
        "found": found / count,
        "perplexity": float(np.exp(lost / count)),
        "commonest": plain / count,
    }


def make(texts: Sequence[str], out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Saves tokenizer and model of texts as transformers does, and gives what was measured."""
    torch.manual_seed(0)
    held = np.random.default_rng(0).random(len(texts)) < HELD_OUT
    known = [text for text, out_of in zip(texts, held, strict=True) if not out_of]
    tokenizer = make_tokenizer(known)
    rows = [np.array(one) for one in tokenizer(list(texts), truncation=True)["input_ids"]]
    model = make_model(len(tokenizer), width=options.width, layers=options.layers)
    learnt = [row for row, out_of in zip(rows, held, strict=True) if not out_of]
    began, wall = time.process_time(), time.perf_counter()
    steps = learn(model, learnt, epochs=options.epochs, rate=options.rate) if options.epochs else 0
    seconds = time.process_time() - began, time.perf_counter() - wall
    counts = np.bincount(np.concatenate(learnt), minlength=len(tokenizer))
    counts[: len(SPECIAL)] = 0
    kept = [row for row, out_of in zip(rows, held, strict=True) if out_of]
    measured = {
        "texts": len(learnt),
        "held_out": len(kept),
        "tokens": len(tokenizer),
        "tokens_of_texts": int(sum(map(len, rows))),
        "cut": sum(len(row) == POSITIONS for row in rows),
        "parameters": model.num_parameters(),
        "steps": steps,
        "cpu_seconds": round(seconds[0]),
        "wall_seconds": round(seconds[1]),
    } | judged(model, kept, int(counts.argmax()))
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return measured


def main() -> None:
    """Prints what was measured, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="mini")
    parser.add_argument("--out", type=Path, default=Path("build/language-model"))
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1, help="0: random weights")
    parser.add_argument("--rate", type=float, default=2e-3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = section_text(load_corpus(options.corpus).table(), "all")
    print(json.dumps(make(texts, options.out, options), indent=1))


if __name__ == "__main__":
    main()
