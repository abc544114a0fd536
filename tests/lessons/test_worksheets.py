"""Worksheets: what is on paper, what is in the key, and under which names they are saved."""

import json
import re
import shutil
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree

import pytest

import autograd_mini as am
from autograd_mini import Value, worksheet
from autograd_mini.cli.main import main
from autograd_mini.lessons.file_names import file_stem, file_stems, names_in
from autograd_mini.lessons.worksheet import distinct_names, escaped, fenced, seed_for
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.rows import each_row

GOLDEN = golden_files("lessons", ["sheet.md", "sheet-key.md"])
LABELS = [attack["string"] for attack in ATTACKS]
NASTY = [
    "../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\x",
    "..",
    ".",
    "",
    "~",
    "-rf",
    "a/b",
    "a\\b",
    "NUL",
    "con.txt",
    "COM1",
    "a\0b",
    "a\nb",
    "x" * 5000,
    "🙂",
    "\u202egnp.exe",
    "Zoë",
    "Zoe\u0308",
    "李雷",
    "क्षितिज",
    "a:b",
    "a*b?",
    '"quoted"',
    "<b>",
    "|",
    "trailing. ",
    "%2e%2e",
    "$(rm)",
    "`x`",
    "\ud800",
]


@pytest.mark.slow
def test_a_sheet_and_its_key_read_as_they_should():
    sheet = worksheet(seed=7, level=4, questions=6, name="Ada <b>Lovelace</b>")
    assert sheet.markdown == golden_text(GOLDEN / "sheet.md", sheet.markdown)
    assert sheet.key == golden_text(GOLDEN / "sheet-key.md", sheet.key)


@pytest.mark.slow
@pytest.mark.parametrize("level", range(1, 7))
def test_the_questions_are_those_of_the_quiz_and_the_key_is_right(level):
    sheet = worksheet(seed=3, level=level)
    quiz = list(am.quiz(seed=3, level=level).first())
    assert [q.text for q in sheet.questions] == [q.text for q in quiz]
    answers = re.findall(r"^## \d+\. (.*)$", sheet.key, re.MULTILINE)
    for question, answer in zip(quiz, answers, strict=True):
        assert question.check(answer.replace("\\", ""))
        assert question.derivation in sheet.key and question.derivation not in sheet.markdown
        assert question.numbers in sheet.markdown


def texts_of(svg):
    return [(e.text or "").replace("\xa0", " ") for e in ElementTree.fromstring(svg).iter()]


def test_pictures_show_the_numbers_and_nothing_that_would_be_an_answer():
    sheet = worksheet("u = a*b; u + a", a=31, b=17, seed=1, questions=1)
    texts = " ".join(texts_of(sheet.pictures["1.svg"]))
    assert all(number in texts for number in ("31", "17", "527", "558"))
    assert "grad" not in texts and "18" not in texts  # dL/da = 17 + 1
    marked = worksheet("a * b", seed=1, questions=1, pictures="png")
    assert list(marked.pictures) == ["1.png"] and marked.pictures["1.png"][:4] == b"\x89PNG"
    assert "worksheet-pictures/1.png" in marked.markdown


@pytest.mark.slow
def test_saving_writes_three_things_beside_each_other(tmp_path):
    path = worksheet(seed=7, level=2, questions=2).save(tmp_path / "my sheet.md")
    assert path == tmp_path / "my sheet.md"
    files = sorted(
        str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()
    )
    assert files == [
        "my sheet-key.md",
        "my sheet-pictures/1.svg",
        "my sheet-pictures/2.svg",
        "my sheet.md",
    ]
    text = path.read_text(encoding="utf-8")
    assert "](my%20sheet-pictures/1.svg)" in text
    before = path.read_bytes()
    worksheet(seed=7, level=2, questions=2).save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("sheet.txt", ValueError, "end it in .md"),
        ("sheet", ValueError, "end it in .md"),
        (".", ValueError, "end it in .md"),
        ("nowhere/sheet.md", FileNotFoundError, "there is no directory"),
    ],
)
def test_where_a_sheet_cannot_go(path, error, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=re.escape(said)):
        worksheet(seed=1, questions=1).save(path)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_drawn_leaves_nothing_behind(tmp_path, monkeypatch):
    from autograd_mini.drawing import rendering

    monkeypatch.setattr(rendering, "_programs", lambda format: iter(()))
    with pytest.raises(am.MissingExtra):
        worksheet(seed=1, questions=1).save(tmp_path / "sheet.md")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("نی\u200cلو", "نی\u200cلو"),  # Persian, with a ZWNJ
        ("അവന്\u200dറെ", "അവന്\u200dറെ"),  # Malayalam, with a ZWJ
        ("Mül\u00adler", "Müller"),
        ("a\u202eb\u200bc", "a\ufffdb\ufffdc"),
    ],
)
def test_names_are_spelt_as_their_languages_do(name, written):
    sheet = worksheet(seed=7, questions=1, name=name)
    for text in (sheet.markdown, sheet.key):
        assert f"Name: {written}\n" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"pictures": "gif"}, "unknown pictures 'gif'; choose one of svg, png"),
        ({"level": 9}, "no level 9"),
        ({"questions": 0}, "not 0"),
        ({"expression": "a*b", "level": 1}, "give one or the other"),
    ],
)
def test_what_is_no_worksheet(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        worksheet(**arguments)


# -- a class ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_student_has_other_questions_and_the_same_again():
    names = distinct_names(["Ada", "Bo", "Ada", "Zoë", "李雷"])
    assert names == ["Ada", "Bo", "Ada (2)", "Zoë", "李雷"]
    sheets = [worksheet(seed=7, level=4, name=name, questions=3) for name in names]
    assert len({sheet.key for sheet in sheets}) == len(names)
    numbers = {tuple([q.text for q in sheet.questions]) for sheet in sheets}
    assert len(numbers) == len(names)
    again = worksheet(seed=7, level=4, name="Ada", questions=3)
    assert (again.key, again.markdown) == (sheets[0].key, sheets[0].markdown)
    assert worksheet(seed=8, level=4, name="Ada", questions=3).key != sheets[0].key
    assert seed_for("Ada", 7) == "7-58172926"  # on every machine


@each_row("name", [*NASTY, *LABELS])
def test_a_name_becomes_a_file_name_that_is_safe_everywhere(name):
    stem = file_stem(name)
    assert stem.strip("_. ")
    assert not set(stem) & set('/\\:*?"<>|%$`~.\0\n ') and not stem.startswith("-")
    assert all(unicodedata.category(c)[0] in "LMN" or c == "_" for c in stem)
    assert len(stem.encode()) + len("-pictures") <= 255
    assert stem.casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    assert file_stem(stem) in (stem, stem.strip("_"), f"{stem.strip('_')}_")


def test_names_that_fold_to_one_stay_apart():
    names = ["Zoe", "zoe", "ZOE", "Zoë", "Zoe\u0308", "Zo.e", "Zo_e", "Zoe_2", "", "!", "student"]
    stems = file_stems(names)
    folded = {
        unicodedata.normalize("NFKD", stem.casefold()).replace("\u0308", "") for stem in stems
    }
    assert len(folded) == len(names) == len(set(stems))
    assert len(set(file_stems(NASTY))) == len(NASTY)


@pytest.mark.slow
def test_a_class_with_bad_names_stays_in_its_folder(tmp_path):
    names = tmp_path / "class.txt"
    safe = [name for name in NASTY[:16] if name.strip() and "\n" not in name and "\0" not in name]
    names.write_text("\n".join(["\ufeffAda", *safe, "", "ada"]), encoding="utf-8")
    folder = tmp_path / "out"
    done = main(
        ["worksheet", "--names", str(names), "-o", str(folder), "--seed", "5", "--questions", "1"]
    )
    assert done == 0
    assert {path.name for path in tmp_path.iterdir()} == {"class.txt", "out"}
    sheets = [path for path in folder.glob("*.md") if not path.stem.endswith("-key")]
    assert len(sheets) == len(safe) + 2
    assert len(list(folder.glob("*-key.md"))) == len(sheets) == len(list(folder.glob("*-pictures")))
    for sheet in sheets:
        (link,) = re.findall(r"\]\((.*?)\)", sheet.read_text(encoding="utf-8"))
        assert (
            folder / re.sub(r"%(..)", lambda f: chr(int(f[1], 16)), link)
        ).is_file() or "%" in link


@pytest.mark.slow
def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["worksheet", "--seed", "7", "--level", "4", "--questions", "2"]) == 0
    assert capsys.readouterr().out == "Wrote worksheet.md and its key worksheet-key.md (seed 7)\n"
    saved = (tmp_path / "worksheet.md").read_text(encoding="utf-8")
    assert saved == worksheet(seed=7, level=4, questions=2).markdown
    assert main(["worksheet", "a * b", "a=3", "--seed", "7", "-o", "one.md"]) == 0
    assert "a = 3" in (tmp_path / "one.md").read_text(encoding="utf-8")
    (tmp_path / "class.txt").write_text("Ada\nBo\n", encoding="utf-8")
    assert main(["worksheet", "--names", "class.txt", "--questions", "1"]) == 0
    seed = re.search(
        r"2 worksheets and their keys into worksheets \(seed (\d+)\)", capsys.readouterr().out
    )[1]
    before = (tmp_path / "worksheets" / "Ada.md").read_bytes()
    assert main(["worksheet", "--names", "class.txt", "--questions", "1", "--seed", seed]) == 0
    assert (tmp_path / "worksheets" / "Ada.md").read_bytes() == before


def test_files_of_names_that_are_none(tmp_path, capsys):
    with pytest.raises(ValueError, match=r"class\.txt has no names; write one on each line"):
        names_in(b" \n\n", "class.txt")
    with pytest.raises(ValueError, match="no text in UTF-8"):
        names_in("Zoë".encode("latin-1"), "class.txt")
    assert main(["worksheet", "--names", str(tmp_path / "none.txt")]) == 2
    assert "none.txt" in capsys.readouterr().err


# -- Markdown --------------------------------------------------------------------------------------


def test_code_stays_code_and_text_stays_text():
    for text in ("a `` b", "```", "````` x"):
        fence, *lines, last = fenced(text).split("\n")
        assert lines == [text] and last == fence.removesuffix("text") and last not in text
    assert escaped("a_b*c") == r"a\_b\*c" and escaped("-0.5") == r"\-0.5"
    assert escaped("L v u") == "L v u" and escaped("What is dL/da?") == "What is dL/da?"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pandoc") is None, reason="needs pandoc")
def test_pandoc_reads_names_as_they_are_and_makes_html_and_latex_of_a_sheet(tmp_path):
    for name in ["Ada *L.* <b>`x`</b> [y](z) $1$ @c ~~s~~ :smile: www.a.b #", *LABELS[:20]]:
        sheet = worksheet("a * b", seed=1, questions=1, name=name)
        tree = json.loads(pandoc(sheet.markdown.encode(), "-t", "json"))
        (paragraph,) = [b for b in tree["blocks"][1:2] if b["t"] == "Para"]
        assert {part["t"] for part in paragraph["c"]} <= {"Str", "Space", "Quoted"}
    path = worksheet(seed=7, level=4, pictures="png").save(tmp_path / "sheet.md")
    page = pandoc(path.read_bytes(), "-s", "-t", "html", "--metadata", "title=x").decode()
    assert page.count("<img") == 6 and "<figure" not in page
    assert pandoc(path.read_bytes(), "-s", "-t", "latex").count(b"\\includegraphics{") == 6


def pandoc(text, *options):
    done = subprocess.run(["pandoc", "-f", "markdown", *options], input=text, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_labels_of_ones_own_cannot_leave_their_place():
    bad = Value(3.0, "```\n# x <script>")
    sheet = worksheet(bad * 2.0, seed=1, questions=1)
    assert "\n# x" not in sheet.markdown and "<script>" not in re.sub(
        r"`{3,}text\n.*?\n`{3,}", "", sheet.markdown, flags=re.DOTALL
    )
    assert sys.getsizeof(sheet.markdown) < 10_000
