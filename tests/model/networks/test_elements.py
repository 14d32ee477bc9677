import numpy as np
import pytest

from crystext.model.networks.elements import HIGHEST, N_FEATURES, atom_features


def test_the_table_is_jarvis_tools():
    specie = pytest.importorskip("jarvis.core.specie")
    from pymatgen.core import Element

    table = atom_features()
    assert table.shape == (HIGHEST + 1, N_FEATURES)
    for number in range(1, HIGHEST + 1):
        symbol = Element.from_Z(number).symbol
        try:
            wanted = specie.get_node_attributes(symbol, atom_features="cgcnn")
        except KeyError:  # beyond what jarvis-tools knows of
            assert number > 100
            continue
        np.testing.assert_array_equal(table[number], wanted)


def test_the_table_is_one_hot_and_cannot_be_changed():
    table = atom_features()
    assert set(np.unique(table)) == {0.0, 1.0}
    assert not table[0].any()
    # group, period, electronegativity, radius, valence electrons, energies, block, volume
    assert table[1:].sum(axis=1).max() == 9
    with pytest.raises(ValueError, match="read-only"):
        table[1, 0] = 1
