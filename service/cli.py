"""`gpcomments`: tag archives from the command line, or serve the tagger over HTTP.

stdout is data, stderr is talk. Exit codes: 0 done (rejected rows, if any, are listed), 2 something that was given
cannot be used, 3 nothing was found to tag.
"""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from model.checkpoint import SHIPPED
from model.errors import GpcommentsError, NoCommentsError, SourceError
from service.formats import check_source, read_source
from service.outputs import Sink, open_sink
from service.rows import Reading, Reject, Row

EXIT_UNUSABLE = 2
EXIT_NOTHING = 3

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__)
talk = Console(stderr=True, highlight=False, soft_wrap=True)

ModelOption = Annotated[Path, typer.Option("--model", help="A checkpoint folder; default: the shipped one.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or cuda; auto is a GPU where there is one.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gpcomments {package_version('gpcomments')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True)] = False,
) -> None:
    pass


@app.command(epilog="Example: gpcomments tag comments.csv page.html -o tagged.jsonl")
def tag(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE...", help="CSV, TSV, JSONL, saved pages (.html, .txt), or - for stdin."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write (.jsonl or .csv); - is stdout.")] = Path("-"),
    to: Annotated[
        str | None,
        typer.Option("--to", help="jsonl, csv or text; default: by OUT's name; on a terminal text, else jsonl."),
    ] = None,
    explain: Annotated[bool, typer.Option(help="Name the sentence that carries each label (slower).")] = False,
    text_column: Annotated[str | None, typer.Option(help="The column of comments.")] = None,
    article_column: Annotated[str | None, typer.Option(help="The column of headlines.")] = None,
    article: Annotated[str, typer.Option(help="A headline for comments that come without one.")] = "",
    encoding: Annotated[str, typer.Option(help="The sources' encoding.")] = "utf-8-sig",
    source_kind: Annotated[
        str | None, typer.Option("--from", help="csv, tsv, jsonl, html or page, whatever the name.")
    ] = None,
    model: ModelOption = SHIPPED,
    device: DeviceOption = "auto",
) -> None:
    """Tag the comments of files or saved article pages by stance and theme."""
    from model.tagger import Tagger  # noqa: PLC0415 -- --help and usage errors need no runtime
    from service.archive import Sinks, tag_rows  # noqa: PLC0415

    to = _output_kind(out, to)
    reading = Reading(text_column, article_column, article, encoding, source_kind)
    if [str(source) for source in sources].count("-") > 1:
        raise SourceError("- is given twice; stdin can be read once")
    if out.exists() and any(source.exists() and out.samefile(source) for source in sources):
        raise SourceError(f"{out}: is also a source; write to another file")
    for source in sources:
        check_source(source, reading)  # told before the model is loaded
    tagger = Tagger.load(model, device=device)
    _tell_device(tagger.device)
    with _writer(out, to) as write, _rejects(out) as reject, _progress() as advance:
        summary = tag_rows(_all_rows(sources, reading), tagger, Sinks(write, reject, advance), explain=explain)
    talk.print(f"{summary}; model {tagger.checkpoint.tagger.name} {tagger.checkpoint.tagger.version}")
    if summary.n_tagged == 0:
        raise typer.Exit(EXIT_NOTHING)


@app.command(epilog="Example: GPCOMMENTS_PORT=9000 gpcomments serve")
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; default: GPCOMMENTS_HOST or 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: GPCOMMENTS_PORT or 8000.")] = None,
) -> None:
    """Serve the tagger over HTTP; settings come from GPCOMMENTS_* in the environment."""
    import uvicorn  # noqa: PLC0415

    from model.tagger import Tagger  # noqa: PLC0415
    from service.app import create_app  # noqa: PLC0415
    from service.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    tagger = Tagger.load(settings.model, device=settings.device)
    _tell_device(tagger.device)
    uvicorn.run(
        create_app(tagger, settings),
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_level="info",
        timeout_graceful_shutdown=settings.drain_s,
    )


def main() -> None:
    """Run the command line; an error of ours becomes one line on stderr and exit code 2 or 3."""
    try:
        app()
    except GpcommentsError as error:
        talk.print(f"error: {error}", markup=False)
        sys.exit(EXIT_NOTHING if isinstance(error, NoCommentsError) else EXIT_UNUSABLE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _all_rows(sources: list[Path], reading: Reading) -> Iterator[Row | Reject]:
    """The rows of all sources; a page without comments is told and passed over."""
    for source in sources:
        try:
            yield from read_source(source, reading)
        except NoCommentsError as error:
            talk.print(str(error), markup=False)


def _output_kind(out: Path, to: str | None) -> str:
    kinds = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
    if to is None:
        on_terminal = "text" if sys.stdout.isatty() else "jsonl"
        to = on_terminal if str(out) == "-" else kinds.get(out.suffix.lower())
    if to not in ("jsonl", "csv", "text"):
        raise SourceError(f"{out}: cannot tell which kind of output is wanted; name it .jsonl or .csv, or give --to")
    return to


@contextmanager
def _writer(out: Path, to: str) -> Iterator[Sink]:
    """A sink for tagged rows. A file appears under its name when whole; until then what was there stays."""
    if str(out) == "-":
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
        with open_sink(sys.stdout, to) as sink:
            yield sink
        return
    partial = out.with_name(f"{out.name}.partial")
    try:
        with (
            partial.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream,
            open_sink(stream, to) as sink,
        ):
            yield sink
        partial.replace(out)
    except OSError as error:
        raise SourceError(
            f"{out}: cannot be written: {error.strerror}; check the folder and its permissions"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _rejects(out: Path) -> Iterator[Callable[[Reject], None]]:
    """A sink for rejects: each on stderr as it comes, and with an output file as JSONL beside it, with what was read
    of the row."""
    beside = out.with_name(f"{out.name}.rejects.jsonl")
    if str(out) != "-":
        beside.unlink(missing_ok=True)
    n_rejects = 0

    def reject(r: Reject) -> None:
        nonlocal n_rejects
        n_rejects += 1
        talk.print(f"rejected {r}", markup=False)
        if str(out) != "-":
            with beside.open("a", encoding="utf-8") as stream:
                row = {"source": r.source, "line": r.line, "reason": r.reason, "fields": dict(r.fields)}
                print(json.dumps(row), file=stream)

    yield reject
    if n_rejects and str(out) != "-":
        talk.print(f"rejected rows are in {beside}", markup=False)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A counter on stderr, shown on a terminal only."""
    columns = (
        SpinnerColumn(),
        TextColumn("tagging"),
        MofNCompleteColumn(),
        TextColumn("comments"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=talk, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("tagging", total=None)
        yield lambda n_rows: progress.update(bar, completed=n_rows)


def _tell_device(device: str) -> None:
    if device != "cpu":
        talk.print(f"running on {device}", markup=False)
