"""Tiny archives in the layout of the real ones of WMT 2014."""

import gzip
import hashlib
import io
import tarfile

SOURCES = {
    "training-parallel-europarl-v7.tgz": "http://www.statmt.org/wmt13/",
    "training-parallel-commoncrawl.tgz": "http://www.statmt.org/wmt13/",
    "training-parallel-un.tgz": "http://www.statmt.org/wmt13/",
    "training-parallel-nc-v9.tgz": "http://www.statmt.org/wmt14/",
    "training-giga-fren.tar": "http://www.statmt.org/wmt10/",
    "dev.tgz": "http://data.statmt.org/wmt19/translation-task/",
}


def sentences(name, language, count):
    """Sentences that tell where they are from."""
    return [f"{name} number {n} in {language}." for n in range(count)]


def write_archives(folder, size=4):
    """Writes every archive of de-en and fr-en, and their checksums.

    Returns:
        {(split, language): its pairs}, in the order of the archives.
    """
    folder.mkdir(parents=True)
    files, pairs = {name: {} for name in SOURCES}, {}

    def add(archive, split, name, paths, language, pack=_lines):
        both = [sentences(name, code, size) for code in (language, "en")]
        for path, lines in zip(paths, both, strict=True):
            files[archive][path] = pack(lines)
        pairs.setdefault((split, language), []).extend(zip(*both, strict=True))

    for language in ("de", "fr"):
        ends = (language, "en")
        for archive, stem in (
            ("training-parallel-europarl-v7.tgz", "training/europarl-v7"),
            ("training-parallel-commoncrawl.tgz", "commoncrawl"),
            ("training-parallel-nc-v9.tgz", "training/news-commentary-v9"),
        ):
            paths = [f"{stem}.{language}-en.{end}" for end in ends]
            add(archive, "train", stem, paths, language)
        add(
            "dev.tgz",
            "validation",
            "newstest2013",
            [f"dev/newstest2013.{end}" for end in ends],
            language,
        )
        stem = f"dev/newstest2014-{language}en"
        paths = [f"{stem}-src.{language}.sgm", f"{stem}-ref.en.sgm"]
        add("dev.tgz", "test", "newstest2014", paths, language, _sgm)
    paths = [f"un/undoc.2000.fr-en.{end}" for end in ("fr", "en")]
    add("training-parallel-un.tgz", "train", "un", paths, "fr")
    paths = [f"giga-fren.release2.fixed.{end}.gz" for end in ("fr", "en")]
    add("training-giga-fren.tar", "train", "giga", paths, "fr", _gzipped)
    table = ""
    for name, members in files.items():
        write_tar(folder / name, members)
        table += checksum_line(SOURCES[name] + name, folder / name)
    (folder / "checksums.tsv").write_text(table)
    return pairs


def checksum_line(url, path):
    """A line as TFDS's own lists of checksums have."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return f"{url}\t{len(content)}\t{digest}\t{path.name}\n"


def write_tar(path, members):
    """Writes a tar file, compressed by its name."""
    mode = "w:gz" if path.suffix == ".tgz" else "w"
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _lines(lines):
    return "".join(f"{line}\n" for line in lines).encode()


def _gzipped(lines):
    return gzip.compress(_lines(lines), mtime=0)


def _sgm(lines):
    segments = (
        f'<seg id="{n}">{line}</seg>' for n, line in enumerate(lines, 1)
    )
    return _lines(['<srcset setid="newstest2014">', *segments, "</srcset>"])
