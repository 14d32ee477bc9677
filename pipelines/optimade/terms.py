"""What providers of OPTIMADE ask for: licence and papers, where their own pages state them.

A licence that the API itself states comes first; a provider that is not named here, and states
nothing, has none stated, and the card of a corpus says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from crystext.pipelines.sources.citations import JARVIS, MATERIALS_PROJECT


def _article(key: str, **fields: str) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@article{{{key},\n{lines}\n}}"


OPTIMADE = (
    _article(
        "andersen2021optimade",
        author="Andersen, Casper W. and Armiento, Rickard and Blokhin, Evgeny and others",
        title="{OPTIMADE}, an {API} for exchanging materials data",
        journal="Scientific Data",
        volume="8",
        pages="217",
        year="2021",
        doi="10.1038/s41597-021-00974-z",
    ),
    _article(
        "evans2024optimade",
        author="Evans, Matthew L. and Bergsma, Johan and Merkys, Andrius and others",
        title="Developments and applications of the {OPTIMADE} {API} for materials discovery, "
        "design, and data exchange",
        journal="Digital Discovery",
        volume="3",
        pages="1509--1533",
        year="2024",
        doi="10.1039/d4dd00039k",
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
                author="Curtarolo, Stefano and Setyawan, Wahyu and Hart, Gus L. W. and others",
                title="{AFLOW}: An automatic framework for high-throughput materials discovery",
                journal="Computational Materials Science",
                volume="58",
                pages="218--226",
                year="2012",
                doi="10.1016/j.commatsci.2012.02.005",
            ),
        )
    ),
    "alexandria": Terms(
        "CC-BY-4.0",
        "CC BY 4.0, as alexandria.icams.rub.de states",
        (
            _article(
                "schmidt2023alexandria",
                author="Schmidt, Jonathan and Hoffmann, Noah and Wang, Hai-Chen and others",
                title="Machine-Learning-Assisted Determination of the Global Zero-Temperature "
                "Phase Diagram of Materials",
                journal="Advanced Materials",
                volume="35",
                pages="2210788",
                year="2023",
                doi="10.1002/adma.202210788",
            ),
        ),
    ),
    "cod": Terms(
        "CC0-1.0",
        "public domain (CC0), as www.crystallography.net states",
        (
            _article(
                "grazulis2009cod",
                author="Gra{\\v{z}}ulis, Saulius and Chateigner, Daniel and Downs, Robert T. and "
                "others",
                title="Crystallography {Open} {Database} -- an open-access collection of crystal "
                "structures",
                journal="Journal of Applied Crystallography",
                volume="42",
                pages="726--729",
                year="2009",
                doi="10.1107/S0021889809016690",
            ),
            _article(
                "grazulis2012cod",
                author="Gra{\\v{z}}ulis, Saulius and Da{\\v{s}}kevi{\\v{c}}, Adriana and "
                "Merkys, Andrius and others",
                title="Crystallography {Open} {Database} ({COD}): an open-access collection of "
                "crystal structures and platform for world-wide collaboration",
                journal="Nucleic Acids Research",
                volume="40",
                pages="D420--D427",
                year="2012",
                doi="10.1093/nar/gkr900",
            ),
        ),
    ),
    "jarvis": Terms(citations=(JARVIS,)),
    "mcloud": Terms(
        note="each contribution has its own licence; see its page",
        citations=(
            _article(
                "talirz2020materialscloud",
                author="Talirz, Leopold and Kumbhar, Snehal and Passaro, Elsa and others",
                title="{Materials} {Cloud}, a platform for open computational science",
                journal="Scientific Data",
                volume="7",
                pages="299",
                year="2020",
                doi="10.1038/s41597-020-00637-5",
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
                author="Draxl, Claudia and Scheffler, Matthias",
                title="The {NOMAD} laboratory: from data sharing to artificial intelligence",
                journal="Journal of Physics: Materials",
                volume="2",
                pages="036001",
                year="2019",
                doi="10.1088/2515-7639/ab13bb",
            ),
        ),
    ),
    "oqmd": Terms(
        "CC-BY-4.0",
        "CC BY 4.0, as oqmd.org states",
        (
            _article(
                "saal2013oqmd",
                author="Saal, James E. and Kirklin, Scott and Aykol, Muratahan and "
                "Meredig, Bryce and Wolverton, C.",
                title="Materials Design and Discovery with High-Throughput Density Functional "
                "Theory: The {Open} {Quantum} {Materials} {Database} ({OQMD})",
                journal="JOM",
                volume="65",
                pages="1501--1509",
                year="2013",
                doi="10.1007/s11837-013-0755-4",
            ),
            _article(
                "kirklin2015oqmd",
                author="Kirklin, Scott and Saal, James E. and Meredig, Bryce and others",
                title="The {Open} {Quantum} {Materials} {Database} ({OQMD}): assessing the "
                "accuracy of {DFT} formation energies",
                journal="npj Computational Materials",
                volume="1",
                pages="15010",
                year="2015",
                doi="10.1038/npjcompumats.2015.10",
            ),
        ),
    ),
    "twodmatpedia": Terms(
        citations=(
            _article(
                "zhou2019twodmatpedia",
                author="Zhou, Jun and Shen, Lei and Costa, Miguel Dias and others",
                title="{2DMatPedia}, an open computational database of two-dimensional materials "
                "from top-down and bottom-up approaches",
                journal="Scientific Data",
                volume="6",
                pages="86",
                year="2019",
                doi="10.1038/s41597-019-0097-3",
            ),
        )
    ),
}
"""By the id of the provider in the list of the Materials Consortia."""
