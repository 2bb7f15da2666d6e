"""`probe`: the connected readers of all drivers, what is on each, what is wrong and what to do."""

import argparse
import json

from cardreader.cli import advice, card_options
from cardreader.cli.answers import Exit, say
from cardreader.probe import Findings, Look, probe
from cardreader.surroundings import of_this_machine


def add(parser: argparse.ArgumentParser) -> None:
    card_options.add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    findings = probe(of_this_machine())
    say(json.dumps(_as_json(findings)) if options.json else "\n".join(_lines(findings)))
    return Exit.DONE if any(look.usable for look in findings.looks) else Exit.NO_READER


def _as_json(findings: Findings) -> dict[str, object]:
    return {
        "readers": [_look_as_json(look, findings) for look in findings.looks],
        "problem": findings.problem.value if findings.problem else None,
        "advice": advice.for_problem(findings),
    }


def _look_as_json(look: Look, findings: Findings) -> dict[str, object]:
    return {
        "driver": look.driver.value,
        "name": look.name,
        "found": look.found.value,
        "advice": advice.for_look(look, findings),
    }


def _lines(findings: Findings) -> list[str]:
    lines = []
    for look in findings.looks:
        lines.append(f"{look.driver} {look.name}: {look.found.value.replace('_', ' ')}")
        if what_to_do := advice.for_look(look, findings):
            lines.append(f"    {what_to_do}")
    if findings.problem:
        lines.append(str(advice.for_problem(findings)))
    return lines
