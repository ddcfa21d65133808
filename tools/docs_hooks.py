"""What `make docs` adds to docs/: the first page, the API and the sources.

MkDocs calls these functions (`hooks` in mkdocs.yml). README.md becomes the
first page; each module of the package gets a page of its docstrings; and each
file of the repository that a page links to becomes a page with its text, so
that no link is dead wherever the site lies.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A link to a file or a picture, perhaps with an anchor; not a web address.
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config):
    """Lists the pages: the first, those of docs/, the modules."""
    pages = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
    api = {}
    for module in modules():
        room = module.split(".")[1] if "." in module else module
        api.setdefault(room, []).append(f"api/{module}.md")
    config.nav = [
        {"tfformer": "index.md"},
        *pages,
        {"API": [{room: names} for room, names in api.items()]},
    ]
    return config


def on_files(files, config):
    """Adds the pages that are no files of docs/."""
    from mkdocs.structure.files import File

    made = {"index.md": rebased((ROOT / "README.md").read_text(), "")}
    for module in modules():
        made[f"api/{module}.md"] = f"# {module}\n\n::: {module}\n"
    for path in linked():
        made[f"source/{path}.md"] = source_page(path)
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turns links out of docs/ into links to the pages of sources."""
    del config, files
    if page.file.src_uri.startswith(("api/", "source/", "index.md")):
        return markdown
    return rebased(markdown, "docs/")


def modules():
    """Returns the names of the package's modules, in order."""
    names = []
    for path in sorted((ROOT / "tfformer").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] != "__init__":
            names.append(".".join(parts))
    return names


def linked():
    """Returns the files outside of docs/ that pages link to."""
    found = set()
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for page in pages:
        for target, _ in _LINK.findall(page.read_text()):
            path = (page.parent / target).resolve()
            if path.is_file() and not path.is_relative_to(ROOT / "docs"):
                found.add(path.relative_to(ROOT).as_posix())
    return sorted(found - {"README.md"})


def source_page(path):
    """Returns a page with a file's text."""
    text = (ROOT / path).read_text()
    if path.endswith(".md"):
        return rebased(text, str(pathlib.PurePosixPath(path).parent) + "/", 1)
    kind = {".py": "python", ".yaml": "yaml", ".json": "json"}
    language = kind.get(pathlib.PurePosixPath(path).suffix, "text")
    return f"# {path}\n\n````` {language}\n{text}\n`````\n"


def rebased(text, folder, depth=0):
    """Returns Markdown whose links hold within the site.

    Args:
        text: Markdown that lies in `folder`.
        folder: of the repository, with "/" at the end; "" for its root.
        depth: how many folders deep its page lies in the site.
    """

    def link(match):
        target, anchor = match.group(1), match.group(2) or ""
        path = (ROOT / folder / target).resolve()
        if not path.exists():
            return match.group(0)
        return f"]({page_of(path, depth)}{anchor})"

    return _LINK.sub(link, text)


def page_of(path, depth):
    """Returns where a file of the repository lies in the site."""
    name = path.relative_to(ROOT).as_posix()
    up = "../" * depth
    if name == "README.md":
        return f"{up}index.md"
    if name.startswith("docs/"):
        return up + name.removeprefix("docs/")
    return f"{up}source/{name}.md" if path.is_file() else f"{up}index.md"
