"""Nothing is longer than a reader can hold: 400 lines a module, 60 of code a function."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLACES = ("crystext", "cards", "pipelines", "model", "benchmarks", "tests")
BLANK = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}
MOST_LINES, MOST_CODE = 400, 60


def code_of_functions(source):
    """Name and lines of code of each function: no docstring, blank line or comment counts."""
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in BLANK:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[ast.get_docstring(node) is not None :] or node.body
            yield node.name, len(code & {*range(body[0].lineno, body[-1].end_lineno + 1)})


def test_only_code_counts():
    source = (
        'def one(\n    a,\n):\n    """What."""\n    # why\n    b = """\n\n"""\n\n    return b\n'
    )
    assert list(code_of_functions(source)) == [("one", 4)]


@pytest.mark.parametrize("place", PLACES)
def test_no_module_and_no_function_is_too_long(place):
    long = []
    for path in sorted((ROOT / place).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if (lines := source.count("\n")) > MOST_LINES:
            long.append(f"{path} has {lines} lines")
        long += [
            f"{path}: {name} has {lines} lines of code"
            for name, lines in code_of_functions(source)
            if lines > MOST_CODE and place != "tests"
        ]
    assert not long
