"""Where the graph networks were published, as BibTeX, by their names."""

from __future__ import annotations

from crystext.pipelines.sources.citations import MEGNET

NETWORKS = {
    "alignn": """@article{choudhary2021alignn,
  title = {Atomistic Line Graph Neural Network for improved materials property predictions},
  author = {Choudhary, Kamal and DeCost, Brian},
  journal = {npj Computational Materials},
  volume = {7},
  pages = {185},
  year = {2021},
  doi = {10.1038/s41524-021-00650-1}
}""",
    "cgcnn": """@article{xie2018cgcnn,
  title = {Crystal Graph Convolutional Neural Networks for an Accurate and Interpretable
           Prediction of Material Properties},
  author = {Xie, Tian and Grossman, Jeffrey C.},
  journal = {Physical Review Letters},
  volume = {120},
  pages = {145301},
  year = {2018},
  doi = {10.1103/PhysRevLett.120.145301}
}""",
    "cogn": """@article{ruff2024cogn,
  title = {Connectivity optimized nested line graph networks for crystal structures},
  author = {Ruff, Robin and Reiser, Patrick and St{\\"u}hmer, Jan and Friederich, Pascal},
  journal = {Digital Discovery},
  volume = {3},
  pages = {594--601},
  year = {2024},
  doi = {10.1039/D4DD00018H}
}""",
    "gatgnn": """@article{louis2020gatgnn,
  title = {Graph convolutional neural networks with global attention for improved materials
           property prediction},
  author = {Louis, Steph-Yves and Zhao, Yong and Nasiri, Alireza and Wang, Xiran and Song, Yuqi
            and Liu, Fei and Hu, Jianjun},
  journal = {Physical Chemistry Chemical Physics},
  volume = {22},
  pages = {18141--18148},
  year = {2020},
  doi = {10.1039/D0CP01474E}
}""",
    "matformer": """@inproceedings{yan2022matformer,
  title = {Periodic Graph Transformers for Crystal Material Property Prediction},
  author = {Yan, Keqiang and Liu, Yi and Lin, Yuchao and Ji, Shuiwang},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {35},
  year = {2022},
  eprint = {2209.11807},
  archivePrefix = {arXiv}
}""",
    "megnet": MEGNET,
    "schnet": """@article{schuett2018schnet,
  title = {{SchNet}: A deep learning architecture for molecules and materials},
  author = {Sch{\\"u}tt, K. T. and Sauceda, H. E. and Kindermans, P.-J. and Tkatchenko, A. and
            M{\\"u}ller, K.-R.},
  journal = {The Journal of Chemical Physics},
  volume = {148},
  pages = {241722},
  year = {2018},
  doi = {10.1063/1.5019779}
}""",
}
