"""The papers behind the sources, as BibTeX."""

from __future__ import annotations

JARVIS = """@article{choudhary2020jarvis,
  author = {Choudhary, Kamal and Garrity, Kevin F. and Reid, Andrew C. E. and DeCost, Brian and
    Biacchi, Adam J. and Hight Walker, Angela R. and Trautt, Zachary and Hattrick-Simpers, Jason
    and Kusne, A. Gilad and Centrone, Andrea and Davydov, Albert and Jiang, Jie and Pachter, Ruth
    and Cheon, Gowoon and Reed, Evan and Agrawal, Ankit and Qian, Xiaofeng and Sharma, Vinit and
    Zhuang, Houlong and Kalinin, Sergei V. and Sumpter, Bobby G. and Pilania, Ghanshyam and
    Acar, Pinar and Mandal, Subhasish and Haule, Kristjan and Vanderbilt, David and Rabe, Karin
    and Tavazza, Francesca},
  title = {The joint automated repository for various integrated simulations ({JARVIS}) for
    data-driven materials design},
  journal = {npj Computational Materials},
  volume = {6},
  pages = {173},
  year = {2020},
  doi = {10.1038/s41524-020-00440-1}
}"""

MATERIALS_PROJECT = """@article{jain2013materialsproject,
  author = {Jain, Anubhav and Ong, Shyue Ping and Hautier, Geoffroy and Chen, Wei and
    Richards, William Davidson and Dacek, Stephen and Cholia, Shreyas and Gunter, Dan and
    Skinner, David and Ceder, Gerbrand and Persson, Kristin A.},
  title = {Commentary: The {Materials} {Project}: A materials genome approach to accelerating
    materials innovation},
  journal = {APL Materials},
  volume = {1},
  number = {1},
  pages = {011002},
  year = {2013},
  doi = {10.1063/1.4812323}
}"""

MEGNET = """@article{chen2019megnet,
  author = {Chen, Chi and Ye, Weike and Zuo, Yunxing and Zheng, Chen and Ong, Shyue Ping},
  title = {Graph Networks as a Universal Machine Learning Framework for Molecules and Crystals},
  journal = {Chemistry of Materials},
  volume = {31},
  number = {9},
  pages = {3564--3572},
  year = {2019},
  doi = {10.1021/acs.chemmater.9b01294}
}"""

ELASTIC_TENSORS = """@article{dejong2015elastic,
  author = {de Jong, Maarten and Chen, Wei and Angsten, Thomas and Jain, Anubhav and
    Notestine, Randy and Gamst, Anthony and Sluiter, Marcel and Krishna Ande, Chaitanya and
    van der Zwaag, Sybrand and Plata, Jose J. and Toher, Cormac and Curtarolo, Stefano and
    Ceder, Gerbrand and Persson, Kristin A. and Asta, Mark},
  title = {Charting the complete elastic properties of inorganic crystalline compounds},
  journal = {Scientific Data},
  volume = {2},
  pages = {150009},
  year = {2015},
  doi = {10.1038/sdata.2015.9}
}"""

DIELECTRIC_TENSORS = """@article{petousis2017dielectric,
  author = {Petousis, Ioannis and Mrdjenovich, David and Ballouz, Eric and Liu, Miao and
    Winston, Donald and Chen, Wei and Graf, Tanja and Schladt, Thomas D. and
    Persson, Kristin A. and Prinz, Fritz B.},
  title = {High-throughput screening of inorganic compounds for the discovery of novel dielectric
    and optical materials},
  journal = {Scientific Data},
  volume = {4},
  pages = {160134},
  year = {2017},
  doi = {10.1038/sdata.2016.134}
}"""

PIEZOELECTRIC_TENSORS = """@article{dejong2015piezoelectric,
  author = {de Jong, Maarten and Chen, Wei and Geerlings, Henry and Asta, Mark and
    Persson, Kristin Aslaug},
  title = {A database to enable discovery and design of piezoelectric materials},
  journal = {Scientific Data},
  volume = {2},
  pages = {150053},
  year = {2015},
  doi = {10.1038/sdata.2015.53}
}"""

FORMATION_ENERGIES = """@article{faber2015representations,
  author = {Faber, Felix and Lindmaa, Alexander and von Lilienfeld, O. Anatole and
    Armiento, Rickard},
  title = {Crystal structure representations for machine learning models of formation energies},
  journal = {International Journal of Quantum Chemistry},
  volume = {115},
  number = {16},
  pages = {1094--1101},
  year = {2015},
  doi = {10.1002/qua.24917}
}"""

LEADERBOARD = """@article{choudhary2024leaderboard,
  author = {Choudhary, Kamal and Wines, Daniel and Li, Kangming and Garrity, Kevin F. and others},
  title = {{JARVIS-Leaderboard}: a large scale benchmark of materials design methods},
  journal = {npj Computational Materials},
  volume = {10},
  pages = {93},
  year = {2024},
  doi = {10.1038/s41524-024-01259-w}
}"""
