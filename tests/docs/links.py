"""What a document says of the repository, held against the repository.

Checked are links to files and headings; symbols, which are the text in
backticks of a link to a Python file; presets and settings in backticks; and
commands that begin with `python`.
"""

import ast
import functools
import pathlib
import re

from tests.conftest import ROOT
from tfformer.config import SECTIONS, known_fields, override
from tfformer.errors import ConfigError
from tfformer.tasks.task import get_preset, preset_names

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_SYMBOL = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`")
_PRESET = re.compile(r"(translation|parsing)/[a-z0-9_/]+")
# `train.en` is the name of a file of data, not a setting.
_SETTING = re.compile(
    rf"({'|'.join(SECTIONS)})\.(?!(?:en|de|fr|mrg|txt|py)$)[a-z_0-9]+"
)
# Up to what begins another command or belongs to the shell.
_COMMAND = re.compile(r"python (?:-m )?([\w./]+)((?:(?! -- |[<>|&#'\n]).)*)")
_OWN = ("bench", "pipelines", "tests", "tfformer", "tools")


def problems(text: str, path: pathlib.Path) -> list[str]:
    """Lists what a document says and the repository does not hold.

    Args:
        text: the document, in Markdown.
        path: where it stands, for its relative links.
    """
    plain = _FENCE.sub("", text)
    found = [
        problem
        for label, target in _LINK.findall(plain)
        for problem in _of_link(label, target, text, path)
    ]
    for code in _CODE.findall(plain):
        if _PRESET.fullmatch(code) and code not in preset_names():
            found.append(f"`{code}` is no preset")
        name = code.partition("=")[0]
        if _SETTING.fullmatch(name) and name not in known_fields():
            found.append(f"`{name}` is no setting")
    for command in commands(text):
        found += _of_command(*command)
    return found


def _of_link(label, target, text, path):
    if "://" in target or target.startswith("mailto:"):
        return
    name, _, anchor = target.partition("#")
    file = path.parent / name if name else path
    if name and not file.exists():
        yield f"{target}: there is no such file"
        return
    if anchor:
        words = file.read_text(encoding="utf-8") if name else text
        if anchor not in anchors(words):
            yield f"{target}: there is no such heading"
    symbol = _SYMBOL.fullmatch(label)
    if name.endswith(".py") and symbol and symbol[1] not in symbols(file):
        yield f"{name} has no {symbol[1]}"


def anchors(text: str) -> set[str]:
    """Names that GitHub gives to a document's headings."""
    words = (heading.lower() for heading in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", w).replace(" ", "-") for w in words}


@functools.cache
def symbols(file: pathlib.Path) -> frozenset[str]:
    """Functions, classes, their methods and attributes, and constants."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(_names(tree.body, ""))


def _names(body, prefix):
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{prefix}{node.name}.")
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from (
                prefix + target.id
                for target in targets
                if isinstance(target, ast.Name)
            )


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Commands in code: a module or file, and its arguments."""
    spans = [block.replace("\\\n", " ") for block in _FENCE.findall(text)]
    spans += [
        code.replace("\n", " ") for code in _CODE.findall(_FENCE.sub("", text))
    ]
    return [
        (program, arguments.replace("[", " ").replace("]", " ").split())
        for span in spans
        for program, arguments in _COMMAND.findall(span)
    ]


def _of_command(program, arguments):
    file = ROOT / program
    if not program.endswith(".py"):
        if program.split(".")[0] not in _OWN:
            return
        file = ROOT / program.replace(".", "/")
        inside = file / "__main__.py"
        file = inside if inside.exists() else file.with_suffix(".py")
    if not file.exists():
        yield f"python {program}: there is no such program"
        return
    known, choices = options(file)
    for argument in arguments:
        name = argument.partition("=")[0]
        if name.startswith("-") and not {name, "*"} & known:
            yield f"python {program}: there is no option {name}"
    words = [a for a in arguments if re.fullmatch(r"[a-z_]+", a)]
    if choices and words and words[0] not in choices:
        yield f"python {program}: there is no choice {words[0]}"
    yield from _of_settings(program, arguments)


def _of_settings(program, arguments):
    """Applies the `--set` fields of a command to its preset."""
    line = " ".join(arguments)
    # A .json file there is the reader's own.
    preset = re.search(r"--preset[= ](?!\S+\.json)(\S+)", line)
    fields = re.findall(r"--set[= ]([\w.]+=\S+)", line)
    try:
        override(
            get_preset(preset[1] if preset else "translation/base"), fields
        )
    except ConfigError as error:
        yield f"python {program}: {error}"


@functools.cache
def options(file: pathlib.Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """Options that a program defines, and choices of its first argument."""
    names, choices = {"--help"}, ()
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        function = getattr(call.func, "attr", "")
        words = [a.value for a in call.args if isinstance(a, ast.Constant)]
        if function == "add_argument":
            # A name that is computed may be any.
            names.update(words or ["*"])
            if words and not words[0].startswith("-"):
                choices = choices or _choices(call, file)
        elif function.startswith("DEFINE_"):
            names.add(f"--{words[0]}")
        elif function.startswith("define_"):
            names |= _shared_flags(function)
    return frozenset(names), choices


def _choices(call, file):
    for keyword in call.keywords:
        if keyword.arg != "choices":
            continue
        if isinstance(keyword.value, ast.Name):
            # A constant of the program or of its package.
            return _constant(keyword.value.id, file)
        return tuple(ast.literal_eval(keyword.value))
    return ()


def _constant(name, file):
    for place in (file, file.parent / "__init__.py"):
        for node in ast.parse(place.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == name:
                return tuple(ast.literal_eval(node.value))
    return ()


@functools.cache
def _shared_flags(function: str) -> frozenset[str]:
    """Flags that a function of `pipelines/app.py` defines."""
    source = (ROOT / "pipelines/app.py").read_text(encoding="utf-8")
    return frozenset(
        f"--{call.args[0].value}"
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == function
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", "").startswith("DEFINE_")
    )
