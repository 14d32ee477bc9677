"""What the build of the site adds: what is made from the code, and the measured pictures."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import catalogues  # noqa: E402
import generate  # noqa: E402


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds what stands in no file of this folder."""
    for name, page in (generate.PAGES | catalogues.PAGES).items():
        files.append(File.generated(config, name, content=page()))
    for picture in sorted((HERE.parent / "benchmarks" / "results").glob("*.png")):
        name = f"assets/{picture.name}"
        files.append(File.generated(config, name, abs_src_path=str(picture)))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Docstrings name classes and functions as Sphinx does; here they are code."""
    return re.sub(r":(?:class|func|meth|mod|data|attr):(<code[^>]*>)~?", r"\1", html)


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Puts lists that are made from the code where a page asks for them."""
    for mark, made in catalogues.INSERTS.get(page.file.src_uri, {}).items():
        markdown = markdown.replace(mark, made())
    return markdown
