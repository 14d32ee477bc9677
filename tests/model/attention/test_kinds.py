import re

import pytest

import crystext
from crystext.description.sections import split_text
from crystext.model.attention.kinds import KINDS, kind_of, sentences
from crystext.model.attention.words import worded


def by_kind(text):
    read = worded(text)
    found = {kind: [] for kind in KINDS}
    for word in read.words:
        found[word.kind].append(read[word])
    return found


def words_of(text):
    return [word.strip("(),") for word in text.split() if word.strip("(),")]


@pytest.mark.parametrize("column", ["text", "fields_text", "global_text", "local_text"])
def test_every_sentence_of_the_mini_corpus_has_a_known_form(column):
    texts = crystext.load_corpus("mini").table([column])[column].to_pylist()[::7]
    strange = [text[s.start : s.end] for text in texts for s in sentences(text) if not s.known]
    assert len(texts) > 800
    assert strange == []


def test_facts_of_the_corpus_stand_where_their_kinds_are(rows):
    minerals = 0
    for row in rows:
        found = by_kind(row["text"])
        assert found["formula"][0] == row["formula"]
        assert found["crystal system"] == [row["crystal_system"]]
        assert found["space group"] == [row["space_group_symbol"], "space", "group"]
        assert found["mineral"] == words_of(row["mineral"] or "")
        minerals += bool(row["mineral"])
        fields = by_kind(row["fields_text"])
        assert fields["formula"] == ["Formula", row["formula"]]
        assert fields["dimensionality"] == ["Dimensionality", f"{row['dimensionality']}D"]
        assert fields["space group"][-1] == str(row["space_group_number"])
    assert minerals > 10


def test_numbers_before_angstrom_are_lengths_and_those_before_degrees_tilts_or_geometries(rows):
    for row in rows:
        found = by_kind(row["text"])
        lengths = re.findall(r"(\d+\.\d\d(?:-\d+\.\d\d)?) Å", row["text"])
        assert [word for word in found["bond length"] if word[0].isdigit()] == lengths
        assert [w for w in found["tilt angle"] if "°" in w] == re.findall(r"\S+°", row["text"])
        assert found["geometry"].count("geometry") == len(re.findall(r"\bgeometry\b", row["text"]))


def test_sites_are_the_elements_with_their_labels(rows):
    labelled = re.compile(r"[A-Z][a-z]?\(\d+(?:,\d+)*\)(?=[\s.,-]|$)")
    for row in rows:
        ends = labelled.findall(row["local_text"])
        found = [end for word in by_kind(row["text"])["site"] for end in labelled.findall(word)]
        assert found == ends


def test_sections_are_those_of_the_corpus(rows):
    for row in rows:
        parts = sentences(row["text"])
        for section in ("global", "local"):
            joined = " ".join(row["text"][s.start : s.end] for s in parts if s.section == section)
            assert joined == row[f"{section}_text"]
        assert all(s.section == "global" for s in sentences(row["fields_text"]))


def test_words_of_a_sentence_with_everything():
    text = (
        "TaS2 is Molybdenite-like structured and crystallizes in the trigonal R-3m space group. "
        "The structure is two-dimensional and consists of two TaS2 sheets oriented in the "
        "(0, 0, 1) direction. In each TaS2 sheet, there are two inequivalent In sites. In the "
        "second In site, In(2) is bonded to six equivalent S(1,2) atoms to form a mixture of "
        "distorted edge and corner-sharing InS6 octahedra. The corner-sharing octahedral tilt "
        "angles range from 4-12°. There is one shorter (2.30 Å) and two longer (2.45 Å) "
        "In(2)-S(1,2) bond lengths."
    )
    found = by_kind(text)
    del found["other"], found["punctuation"], found["special"]
    assert found == {
        "formula": ["TaS2", "TaS2", "TaS2"],
        "mineral": ["Molybdenite-like"],
        "crystal system": ["trigonal"],
        "space group": ["R-3m", "space", "group"],
        "dimensionality": [
            *("two-dimensional", "consists", "sheets", "oriented"),
            *("0", "0", "1", "direction", "sheet"),
        ],
        "site": ["In", "sites", "In", "site", "In(2)", "S(1,2)", "atoms", "In(2)-S(1,2)"],
        "geometry": [],
        "polyhedra": ["mixture", "distorted", "edge", "corner-sharing", "InS6", "octahedra"],
        "tilt angle": ["corner-sharing", "octahedral", "tilt", "angles", "range", "4-12°"],
        "bond length": [
            *("shorter", "2.30", "Å", "longer", "2.45", "Å", "bond", "lengths"),
        ],
        "count": ["two", "two", "inequivalent", "second", "six", "equivalent", "one", "two"],
    }


def test_kinds_do_not_hang_on_the_order_of_sentences(rows):
    turned = 0
    for row in rows:
        text = row["text"]
        parts = [text[s.start : s.end] for s in sentences(text)]
        if any(part.startswith("There is one shorter") for part in parts[1:]):
            turned += 1
        back = by_kind(" ".join(reversed(parts)))
        assert {k: sorted(v) for k, v in back.items()} == {
            k: sorted(v) for k, v in by_kind(text).items()
        }
    assert turned > 3


def test_indium_is_no_preposition():
    assert kind_of("In", "site") == "site"
    assert kind_of("in", "site") == "other"


def test_foreign_sentences_are_other_and_say_so():
    text = "NaCl is nice. Its melting point is 801 °C. All Na(1)-Cl(1) bond lengths are 2.82 Å."
    known = [(text[s.start : s.end], s.known) for s in sentences(text)]
    assert [one for _, one in known] == [False, False, True]
    assert {word.kind for word in worded(text).words if word.sentence < 2} == {
        "other",
        "punctuation",
    }
    assert split_text(text)[0] == ""
    assert sentences("") == []
    assert [text[s.start : s.end] for s in sentences("  No end")] != []
