"""The command `worksheet`."""

import argparse
from pathlib import Path

from autograd_mini.cli.series import add_choice, series
from autograd_mini.engine.errors import printable
from autograd_mini.lessons.file_names import names_in
from autograd_mini.lessons.quiz import checked_seed
from autograd_mini.lessons.worksheet import Worksheet, distinct_names, save_for_class, seed_for


def add_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Questions in Markdown, with pictures, and an answer key with derivations. For HTML: "
        "pandoc -s worksheet.md -o worksheet.html; for LaTeX, make it with --pictures png, and "
        "then: pandoc -s worksheet.md -o worksheet.tex"
    )
    add_choice(command)
    add = command.add_argument
    add(
        "-o", "--output", metavar="PATH",
        help="the .md file (worksheet.md), or with --names the folder (worksheets)",
    )  # fmt: skip
    add("--names", metavar="FILE", help="a sheet for each of the names in this file, one on a line")
    add("--pictures", default="svg", choices=["svg", "png"], help="svg, or png for LaTeX")


def run(options: argparse.Namespace) -> None:
    seed = checked_seed(options.seed)
    if options.names is None:
        sheet = Worksheet(series(options, seed), "", options.pictures)
        path = sheet.save(options.output or "worksheet.md")
        print(printable(f"Wrote {path} and its key {path.stem}-key.md (seed {seed})"))
        return
    names = distinct_names(names_in(Path(options.names).read_bytes(), options.names))
    sheets = [
        Worksheet(series(options, seed_for(name, seed)), name, options.pictures) for name in names
    ]
    folder = options.output or "worksheets"
    paths = save_for_class(sheets, folder)
    wrote = f"Wrote {len(paths)} worksheets and their keys into {folder} (seed {seed})"
    print(printable(wrote))
