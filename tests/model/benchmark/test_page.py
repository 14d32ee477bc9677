"""``report.html``: everything that was found stands on it, and nothing is fetched or runs."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from crystext.corpus.reader import Corpus
from crystext.model.benchmark.ensembles import make_ensembles
from crystext.model.benchmark.report.comparisons import by_training_size
from crystext.model.benchmark.report.page import own_name, write_benchmark_page
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.benchmark.suite import load_suite
from crystext.model.benchmark.tables import make_lines
from tests.corpus import small_corpus
from tests.html.browser import Page, needs_browser
from tests.model.benchmark import made

HOSTILE = "</script><img src=x onerror='document.title=1'>{policy}"


class Tags(HTMLParser):
    """Tags that were opened, with their attributes, and the text between."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.stack, self.lost = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "path", "circle", "link", "img", "br"}:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.lost.append(tag)

    def handle_data(self, data):
        self.words.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def true_values(corpus):
    table = corpus.table(["id", "formation_energy_per_atom"])
    return table["id"].to_pylist(), table["formation_energy_per_atom"].to_numpy()


def write(out, corpus, *, protocol="honest", sizes=False, **options):
    ids, true = true_values(corpus)
    rows = made.benchmark(out, ids, true, protocol=protocol)
    rows.append(made.failed("x", f"no-store: {HOSTILE}", model="cgcnn", protocol=protocol))
    for row in list(rows):
        name = row["run"] + "-k"
        if row["failure"] is None:
            extra = {key: row[key] for key in ("model", "text", "seed", "protocol")}
            rows.append(
                made.run(
                    out, name, ids=ids, true=np.exp(true), predicted=np.exp(true) * 1.1,
                    property="bulk_modulus", error_unit="log10(GPa)", unit="GPa", **extra,
                )
            )  # fmt: skip
    more = []
    if sizes:
        more = made.benchmark(
            out, ids, true, suffix="-s", split="official, 20% of train", n_train=20
        )
    suite = replace(load_suite("table2"), title="Title <of> the suite")
    results = made.table(rows)
    lines = make_lines(results, suite, out, corpus.manifest["source"]["name"])
    return write_benchmark_page(
        out,
        suite=suite,
        results=results,
        whole=pa.concat_tables([results, made.table(more)]),
        lines=lines,
        corpus=corpus,
        ensembles=make_ensembles(results, out, folds=1),
        **options,
    )


@pytest.fixture(scope="module")
def as_mp(corpus, tmp_path_factory):
    """The same crystals, said to be of the Materials Project, whose figures the paper has."""
    folder = tmp_path_factory.mktemp("mp") / "mp-text"
    small_corpus.copy(corpus.path, folder)
    with small_corpus.manifest_of(folder) as manifest:
        manifest["source"]["name"] = "mp"
    return Corpus(folder)


@pytest.fixture(scope="module")
def file(as_mp, tmp_path_factory):
    command = ["crystext", "benchmark", "--suite", "table2"]
    return write(
        tmp_path_factory.mktemp("page"), as_mp, sizes=True, command=command,
        submissions=["JARVIS leaderboard: nothing written; too few."],
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(file):
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tags(page):
    return Tags(page)


@pytest.fixture(scope="module")
def words(tags):
    return " ".join(" ".join(tags.words).split())


def test_tags_are_closed_in_order(tags):
    assert tags.stack == []
    assert tags.lost == []


def test_it_asks_nothing_and_runs_nothing(page, tags):
    assert not tags.named("script")
    assert not tags.named("link")
    assert not tags.named("img")
    assert not any(name in attrs for _, attrs in tags.tags for name in ("src", "style", "onclick"))
    assert all(attrs["href"].startswith("#") for attrs in tags.named("a"))
    assert "url(" not in page
    assert "@import" not in page
    policy = next(a["content"] for a in tags.named("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_hostile_words_stay_words(page, words):
    assert "onerror='document.title=1'>{policy}" in words
    assert "<img" not in page


def test_how_it_was_made_is_said(words, as_mp):
    assert "Title <of> the suite" in words
    for fact in (
        *("table2, table 2 of the paper", as_mp.manifest["content_digest"][:16]),
        *("official", "0123456789abcdef", "reference", "Test CPU", "torch 2.13.0", "1 of 19 runs"),
        *("honest: chosen on validation, tested once", "crystext benchmark --suite table2"),
        *("100 crystals to learn from", "32 tested", "JARVIS leaderboard: nothing written"),
    ):
        assert fact in words, fact


def test_every_line_stands_in_the_table(words, page):
    row = page[page.index('class="best"') :]
    row = row[: row.index("</tr>")]
    assert "crysmmnet" in row
    assert re.search(r"0\.0\d+ ± 0\.0\d+", row)
    assert row.count("helps") == 2
    assert "paper 0.02 table 2" in " ".join(re.sub("<[^>]*>", "", row).split())
    assert "another crystal's text (control)" in words
    assert "failed: no-store" in words


def test_our_difference_to_the_paper_is_right(as_mp, file, words):
    out = file.parent
    rows = [
        row
        for row in made.benchmark(out, *true_values(as_mp), suffix="-again")
        if row["model"] == "alignn"
    ]
    ours = np.mean([row["mae"] for row in rows])
    assert f"{ours - 0.022:+.4f}" in words


def test_ensembles_stand_below_the_table(page, words):
    assert words.count("Ensembles of seeds The mean of what a network's seeds predict") == 2
    part = page[page.index("Ensembles of formation_energy_per_atom") :]
    rows = re.findall(
        "<tr>.*?</tr>", part[part.index("<tbody>") : part.index("</tbody>")], re.DOTALL
    )
    text = " ".join(re.sub("<[^>]*>", " ", rows[1]).split())
    assert re.match(r"crysmmnet whole text 2 0\.0\d+ 0\.\d+ \+0\.\d+ \(.0\.\d+ to", text)
    assert text.count("helps") == 2
    assert len(rows) == 4


def test_an_overview_has_a_column_a_property(page):
    part = page[page.index("All properties") :]
    head = part[: part.index("</thead>")]
    assert head.count("<th ") == 2 + 2
    assert 'href="#p-2">bulk_modulus</a>' in head
    rows = re.findall(
        "<tr>.*?</tr>", part[part.index("<tbody>") : part.index("</tbody>")], re.DOTALL
    )
    best = next(row for row in rows if "whole text" in row)
    assert re.search(r"<b>0\.0\d+ ± ", best)
    assert "paper 0.02, table 2" in best
    assert any("failed" in row for row in rows)


def test_memory_is_shown(as_mp, tmp_path):
    ids, true = true_values(as_mp)
    rows = made.benchmark(tmp_path, ids, true, peak_memory_mb=2048.0)
    suite = load_suite("table2")
    lines = make_lines(made.table(rows), suite, tmp_path, "mp")
    page = write_benchmark_page(
        tmp_path, suite=suite, results=made.table(rows), whole=made.table(rows), lines=lines,
        corpus=as_mp,
    ).read_text(encoding="utf-8")  # fmt: skip
    assert page.count(">2.1 GB</td>") == len(lines)


def test_the_device_is_that_of_networks(as_mp, tmp_path):
    ids, true = true_values(as_mp)
    trees = {"ids": ids, "true": true, "predicted": true + 0.1, "model": "facts"}
    rows = made.benchmark(tmp_path, ids, true)
    rows.append(made.run(tmp_path, "facts", **trees, device="of the trees"))
    suite, table = load_suite("table2"), made.table(rows)
    page = write_benchmark_page(
        tmp_path, suite=suite, results=table, whole=table,
        lines=make_lines(table, suite, tmp_path, "mp"), corpus=as_mp,
    ).read_text(encoding="utf-8")  # fmt: skip
    assert "Test CPU" in page
    assert "of the trees" not in page


def test_each_suite_and_split_keeps_its_own_page(file):
    assert (file.parent / "report-table2.html").read_bytes() == file.read_bytes()
    suite = load_suite("table5")
    assert own_name(suite, published=True) == "table5-published"
    part = replace(suite, split=SplitPlan("folds", folds=3, train=0.1))
    assert own_name(part, published=False) == "table5-3-folds-10-of-train"


def test_sizes_are_compared_on_the_same_crystals_alone(as_mp, tmp_path):
    ids, true = true_values(as_mp)
    rows = made.benchmark(tmp_path, ids, true)
    small = {"n_train": 20}
    part = made.benchmark(tmp_path, ids, true, suffix="-s", split="official, 20% of train", **small)
    other = made.benchmark(tmp_path, ids, true, suffix="-o", split="10%/10%/10% of all", **small)
    suite = load_suite("table2")
    whole = made.table([*rows, *part, *other])
    found = by_training_size(made.table(rows), whole, suite, tmp_path)
    assert [line.train for line in found.lines] == [20, 100] * 5
    apart = made.table([*rows, *other])
    assert by_training_size(made.table(rows), apart, suite, tmp_path) is None


def test_gains_are_said_in_words(words):
    assert re.search(
        r"With whole text, crysmmnet errs by 0\.\d+ eV/atom \(5\d %\) less than alignn without "
        r"text, on 32 crystals; 95 % interval of the gain \+0\.\d+ to \+0\.\d+: helps\.",
        words,
    )
    assert "over the same network with other crystals' texts, is worth" in words
    assert "With another crystal's text" not in words


def test_charts_are_all_there_with_axes_and_words(tags, page):
    charts = [attrs for attrs in tags.named("svg") if attrs["class"] == "chart"]
    labels = [attrs["aria-label"] for attrs in charts]
    assert all(attrs["role"] == "img" for attrs in charts)
    for start in (
        *("Gain from text: ", "Relative gain from text: ", "Error by what alignn reads"),
        *("Learning curves of alignn", "alignn: predicted against true", "alignn: error of the"),
        *("Error of alignn by crystal system", "Error of alignn by dimensionality"),
        *("Error of alignn by sites", "Error of alignn on formation_energy_per_atom by training"),
        "Gain from text to alignn on formation_energy_per_atom by training size",
    ):
        assert any(one.startswith(start) for one in labels), start
    charts = page.split('<svg class="chart"')[1:]
    assert all('class="name middle"' in one or "predicted against" in one for one in charts)
    assert "log10(GPa)" in page


def marks_of(svg):
    """Marks with a colour of their own: what each is, and its colour."""
    classes = {tuple(one.split()) for one in re.findall('class="([^"]+)"', svg)}
    named = {"line", "band", "interval", "dot"}
    return {one for one in classes if one[0] in named and one[1:] != ("zero",)}


def test_legends_are_of_the_marks_of_their_charts(page):
    figures = re.findall("<figure>(.*?)</figure>", page, re.DOTALL)
    with_keys = [one for one in figures if "<ul" in one]
    assert len(with_keys) > 10
    for figure in with_keys:
        legend, chart = figure.split('<svg class="chart"')
        shown = marks_of(chart)
        if 'class="dot paper"' in legend:  # the others have their names beside them
            shown = {one for one in shown if one[1] == "paper"}
        flat = {one for one in marks_of(legend) if one[0] != "interval"}
        assert flat == {one for one in shown if one[0] != "interval"}, figure[:200]


def test_no_line_strikes_a_label(page):
    charts = [one for one in page.split('<svg class="chart"')[1:] if 'class="label"' in one]
    assert charts
    for chart in charts:
        lines = re.finditer('class="(?:grid|zero)" d=', chart)
        assert max(one.start() for one in lines) < chart.index('class="strip"')
        assert chart.count('class="strip"') == chart.count('class="label"')


def test_no_deviation_is_spoken_of_without_several_seeds(as_mp, tmp_path):
    ids, true = true_values(as_mp)
    rows = made.table(made.benchmark(tmp_path, ids, true, seeds=1))
    suite = load_suite("table2")
    page = write_benchmark_page(
        tmp_path, suite=suite, results=rows, whole=rows,
        lines=make_lines(rows, suite, tmp_path, "mp"), corpus=as_mp,
    ).read_text(encoding="utf-8")  # fmt: skip
    assert "standard deviation" not in page
    assert "Mean over seeds" not in page


def test_the_published_protocol_is_labelled(corpus, tmp_path):
    honest = write(tmp_path / "a", corpus).read_text(encoding="utf-8")
    page = write(tmp_path / "b", corpus, protocol="published").read_text(encoding="utf-8")
    assert "Published protocol." in page
    assert "Lowest test MAE" in page
    assert "Published protocol." not in honest
    assert "it has none for this corpus" in honest


def test_a_benchmark_that_failed_altogether_still_has_a_page(corpus, tmp_path):
    rows = [made.failed("x", "no-store: none", model="cgcnn")]
    suite = load_suite("table2")
    lines = make_lines(made.table(rows), suite, tmp_path, "mini")
    page = write_benchmark_page(
        tmp_path, suite=suite, results=made.table(rows), whole=made.table(rows), lines=lines,
        corpus=corpus,
    ).read_text(encoding="utf-8")  # fmt: skip
    assert "failed: no-store: none" in page


@needs_browser
def test_in_a_browser_nothing_overflows(driver, file):
    page = Page(driver, file)
    size = {"height": 900, "deviceScaleFactor": 1, "mobile": False}
    try:
        for width in (390, 1300):
            page.emulate("setDeviceMetricsOverride", width=width, **size)
            driver.get(page.url)
            assert page.js("return document.documentElement.scrollWidth") <= width
            heights = page.js(
                "return [...document.querySelectorAll('.chart text')]"
                ".map(one => one.getBoundingClientRect()).filter(one => one.width > one.height)"
                ".map(one => one.height)"
            )
            assert 9 < min(heights) <= max(heights) < 20
            assert page.faint() == {}
        grids = page.js(
            "return [...document.querySelectorAll('.charts')].map(one => [one.clientWidth,"
            "Math.max(...[...one.querySelectorAll('figure')].map("
            "each => each.getBoundingClientRect().right)) - one.getBoundingClientRect().left])"
        )
        assert all(used > 0.98 * width for width, used in grids), "charts use the width"
        assert page.errors() == []
    finally:
        page.emulate("clearDeviceMetricsOverride")
