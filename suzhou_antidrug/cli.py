"""One command, few verbs.  一个命令，几个动词。

Exit codes: 0 done, 2 something the user can put right (printed in Chinese and English, without a traceback).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from .errors import AntidrugError
from .terms import LANGUAGES, set_language

USER_ERROR = 2
DEFAULT_OUT = Path("build/evaluation")


class Group(click.Group):
    """A group whose commands print user errors instead of tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AntidrugError as error:
            click.echo(f"错误 / error:\n{error}", err=True)
            ctx.exit(USER_ERROR)


language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="zh",
    show_default=True,
    help="输出语言 / language of the output.",
)
plan_option = click.option(
    "--plan", "plan_name", default="suzhou-2020", show_default=True, help="规划名称或 YAML 文件 / plan name or file."
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="suzhou-antidrug")
def main() -> None:
    """把禁毒规划变成数据，如实评判，预测能否兑现。 Evaluate a drug-control plan."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that is not UTF-8 must not end in a traceback
            stream.reconfigure(errors="replace")


@main.command()
@click.argument("returns", nargs=-1, type=click.Path(path_type=Path))
@plan_option
@click.option("--origin", type=int, default=None, help="预测起点年份 / year to stand in.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=DEFAULT_OUT, show_default=True, help="输出文件夹 / output folder."
)
@click.option("--overwrite", is_flag=True, help="覆盖以前的输出 / replace an earlier output.")
@click.option("--seed", type=int, default=0, show_default=True, help="随机种子 / seed.")
@click.option(
    "--show-small",
    default=None,
    metavar="REASON",
    help="不抑制小数的理由，写入清单 / reason for writing small counts, kept in the manifest.",
)
@click.option(
    "--previous", type=click.Path(path_type=Path), default=None,
    help="以前一次输出的文件夹，两次对照也不泄露小数 / folder of an earlier release, to be safe beside it.",
)  # fmt: skip
@click.option(
    "--bridges", type=click.Path(path_type=Path), default=None,
    help="口径衔接表：指标、原口径、现口径、声明单位、理由 / table of definitions that an office declares comparable.",
)  # fmt: skip
@click.option("--pdf", is_flag=True, help="另写 PDF，须装有 LibreOffice / write a PDF too, which needs LibreOffice.")
@language_option
def evaluate(
    returns: tuple[Path, ...], plan_name: str, origin: int | None, out: Path, overwrite: bool, seed: int,
    show_small: str | None, previous: Path | None, bridges: Path | None, pdf: bool, language: str,
) -> None:  # fmt: skip
    """评估：不给报表则用自带的公开数据与合成数据。 Evaluate returns, or the bundled data."""
    from .evaluation.document import verdict_table
    from .evaluation.job import evaluate as run
    from .evaluation.output import BOOK, PDF, WORD
    from .evaluation.record_report import record_table
    from .plan.loader import load_plan
    from .report.layout import Table, table_as_text
    from .returns.bridge_table import read_bridges
    from .returns.reader import read_returns

    set_language(language)
    if bridges is not None and not returns:
        raise click.UsageError("--bridges 须与报表一同给出 / --bridges needs returns that it is declared for")
    plan = load_plan(plan_name)
    read = read_returns(list(returns), plan=plan) if returns else None
    if read is not None and bridges is not None:
        read = read.bridged(*read_bridges(bridges, plan=plan))
    result = run(read, plan, origin=origin, rng=seed)
    page = result.write(out, overwrite=overwrite, show_small=show_small, previous=previous, pdf=pdf)
    if result.record is not None:
        table = record_table(result)
        known = [row for row in table.rows if row["base"] == row["base"]]
        click.echo(table_as_text(Table(table.caption, table.columns[:-1], known), language))
        click.echo(_left_out_line(len(table.rows) - len(known), language) + "\n")
        assert result.gaps is not None
        for row in result.gaps.to_dict("records"):
            click.echo(_gap_line(row, language))
        click.echo("")
    click.echo(table_as_text(verdict_table(result), language))
    click.echo(("\n报告 / report: " if language == "zh" else "\nreport: ") + str(page))
    for name, zh, en in (
        (WORD, "Word 报告", "Word report"),
        (PDF, "PDF 报告", "PDF report"),
        (BOOK, "计分工作簿", "score workbook"),
    ):
        if (path := page.with_name(name)).is_file():
            click.echo((f"{zh} / {en}: " if language == "zh" else f"{en}: ") + str(path))


def _left_out_line(number: int, language: str) -> str:
    if language == "zh":
        return f"另有 {number} 条序列缺少基期，不可评，见报告。"
    return f"{number} more series lack the base year and are not assessable; see the report."


def _gap_line(row: dict[str, Any], language: str) -> str:
    name, needed = row["name"].in_language(language), row["needed"].in_language(language)
    if language == "zh":
        return f"{name}：不可评——公开数据不能判定；须填 {row['years']} 年的{needed}"
    return f"{name}: not assessable; the public record cannot decide. Fill in {needed} for {row['years']}"


@main.group()
def plan() -> None:
    """规划 / the plan as data."""


@plan.command("show")
@plan_option
@click.option("--task", type=int, default=None, help="任务序号 / task number.")
@click.option("--year", type=int, default=None, help="年份 / year.")
@language_option
def plan_show(plan_name: str, task: int | None, year: int | None, language: str) -> None:
    """显示规划：总目标、任务、年度目标值。 Show targets, tasks and milestones."""
    from .plan.loader import load_plan
    from .plan.show import render_plan

    click.echo(render_plan(load_plan(plan_name), task=task, year=year, language=language))


@plan.command("list")
def plan_list() -> None:
    """列出自带的规划。 List the bundled plans."""
    from .plan.loader import list_plans

    click.echo("\n".join(list_plans()))


@main.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path("returns.xlsx"))
@plan_option
@click.option(
    "--from-year",
    type=int,
    default=None,
    help="首年，默认基期年；更早的年份有助预测 / first year, the base year unless given.",
)
@click.option("--overwrite", is_flag=True, help="覆盖已有文件 / replace an existing file.")
def template(path: Path, plan_name: str, from_year: int | None, overwrite: bool) -> None:
    """生成填报表。 Write the workbook to fill in."""
    from .plan.loader import load_plan
    from .returns.template import write_template

    law = load_plan(plan_name)
    years = range(law.base_year if from_year is None else from_year, law.last_year + 1)
    click.echo(str(write_template(law, path, years=list(years), overwrite=overwrite)))


@main.group()
def datasets() -> None:
    """自带数据 / bundled data."""


@datasets.command("list")
def datasets_list() -> None:
    """列出自带数据。 List the bundled data."""
    from .datasets import list_datasets

    table = list_datasets()
    for row in table.itertuples():
        click.echo(f"{row.name:<24} {row.rows:>6}  {row.title_zh}")


@datasets.command("describe")
@click.argument("name")
@language_option
def datasets_describe(name: str, language: str) -> None:
    """说明一个数据集。 Describe a data set."""
    from .datasets import describe

    set_language(language)
    click.echo(str(describe(name)))


if __name__ == "__main__":
    main()
