"""What providers of OPTIMADE ask for: licence and papers, where their own pages state them.

A licence that the API itself states comes first; a provider that is not named here, and states
nothing, has none stated, and the card of a corpus says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from crystext.pipelines.sources.citations import JARVIS, MATERIALS_PROJECT


def _article(key: str, author: str, title: str, where: tuple[str, str, str, str], doi: str) -> str:
    """BibTeX of a paper; ``where`` is its journal, volume, pages and year."""
    names = ("author", "title", "journal", "volume", "pages", "year", "doi")
    fields = zip(names, (author, title, *where, doi), strict=True)
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields)
    return f"@article{{{key},\n{lines}\n}}"


OPTIMADE = (
    _article(
        "andersen2021optimade",
        "Andersen, Casper W. and Armiento, Rickard and Blokhin, Evgeny and others",
        "{OPTIMADE}, an {API} for exchanging materials data",
        ("Scientific Data", "8", "217", "2021"),
        "10.1038/s41597-021-00974-z",
    ),
    _article(
        "evans2024optimade",
        "Evans, Matthew L. and Bergsma, Johan and Merkys, Andrius and others",
        "Developments and applications of the {OPTIMADE} {API} for materials discovery, "
        "design, and data exchange",
        ("Digital Discovery", "3", "1509--1533", "2024"),
        "10.1039/d4dd00039k",
    ),
)
"""The papers of the interface."""


@dataclass(frozen=True)
class Terms:
    """What one provider asks for.

    Attributes:
        licence: SPDX identifier, empty where none is known.
        note: who says so.
        citations: BibTeX entries.
    """

    licence: str = ""
    note: str = "the provider states none"
    citations: tuple[str, ...] = ()


TERMS = {
    "aflow": Terms(
        citations=(
            _article(
                "curtarolo2012aflow",
                "Curtarolo, Stefano and Setyawan, Wahyu and Hart, Gus L. W. and others",
                "{AFLOW}: An automatic framework for high-throughput materials discovery",
                ("Computational Materials Science", "58", "218--226", "2012"),
                "10.1016/j.commatsci.2012.02.005",
            ),
        )
    ),
    "alexandria": Terms(
        "CC-BY-4.0",
        "CC BY 4.0, as alexandria.icams.rub.de states",
        (
            _article(
                "schmidt2023alexandria",
                "Schmidt, Jonathan and Hoffmann, Noah and Wang, Hai-Chen and others",
                "Machine-Learning-Assisted Determination of the Global Zero-Temperature "
                "Phase Diagram of Materials",
                ("Advanced Materials", "35", "2210788", "2023"),
                "10.1002/adma.202210788",
            ),
        ),
    ),
    "cod": Terms(
        "CC0-1.0",
        "public domain (CC0), as www.crystallography.net states",
        (
            _article(
                "grazulis2009cod",
                "Gra{\\v{z}}ulis, Saulius and Chateigner, Daniel and Downs, Robert T. and others",
                "Crystallography {Open} {Database} -- an open-access collection of crystal "
                "structures",
                ("Journal of Applied Crystallography", "42", "726--729", "2009"),
                "10.1107/S0021889809016690",
            ),
            _article(
                "grazulis2012cod",
                "Gra{\\v{z}}ulis, Saulius and Da{\\v{s}}kevi{\\v{c}}, Adriana and "
                "Merkys, Andrius and others",
                "Crystallography {Open} {Database} ({COD}): an open-access collection of "
                "crystal structures and platform for world-wide collaboration",
                ("Nucleic Acids Research", "40", "D420--D427", "2012"),
                "10.1093/nar/gkr900",
            ),
        ),
    ),
    "jarvis": Terms(citations=(JARVIS,)),
    "mcloud": Terms(
        note="each contribution has its own licence; see its page",
        citations=(
            _article(
                "talirz2020materialscloud",
                "Talirz, Leopold and Kumbhar, Snehal and Passaro, Elsa and others",
                "{Materials} {Cloud}, a platform for open computational science",
                ("Scientific Data", "7", "299", "2020"),
                "10.1038/s41597-020-00637-5",
            ),
        ),
    ),
    "mp": Terms(
        "CC-BY-4.0",
        "CC BY 4.0: name the project, as materialsproject.org states",
        (MATERIALS_PROJECT,),
    ),
    "nmd": Terms(
        "CC-BY-4.0",
        "CC BY 4.0, as nomad-lab.eu states; name the authors of entries",
        (
            _article(
                "draxl2019nomad",
                "Draxl, Claudia and Scheffler, Matthias",
                "The {NOMAD} laboratory: from data sharing to artificial intelligence",
                ("Journal of Physics: Materials", "2", "036001", "2019"),
                "10.1088/2515-7639/ab13bb",
            ),
        ),
    ),
    "oqmd": Terms(
        "CC-BY-4.0",
        "CC BY 4.0, as oqmd.org states",
        (
            _article(
                "saal2013oqmd",
                "Saal, James E. and Kirklin, Scott and Aykol, Muratahan and "
                "Meredig, Bryce and Wolverton, C.",
                "Materials Design and Discovery with High-Throughput Density Functional "
                "Theory: The {Open} {Quantum} {Materials} {Database} ({OQMD})",
                ("JOM", "65", "1501--1509", "2013"),
                "10.1007/s11837-013-0755-4",
            ),
            _article(
                "kirklin2015oqmd",
                "Kirklin, Scott and Saal, James E. and Meredig, Bryce and others",
                "The {Open} {Quantum} {Materials} {Database} ({OQMD}): assessing the "
                "accuracy of {DFT} formation energies",
                ("npj Computational Materials", "1", "15010", "2015"),
                "10.1038/npjcompumats.2015.10",
            ),
        ),
    ),
    "twodmatpedia": Terms(
        citations=(
            _article(
                "zhou2019twodmatpedia",
                "Zhou, Jun and Shen, Lei and Costa, Miguel Dias and others",
                "{2DMatPedia}, an open computational database of two-dimensional materials "
                "from top-down and bottom-up approaches",
                ("Scientific Data", "6", "86", "2019"),
                "10.1038/s41597-019-0097-3",
            ),
        )
    ),
}
"""By the id of the provider in the list of the Materials Consortia."""
