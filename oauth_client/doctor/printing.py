"""Print a report for a person at a terminal, or for a program."""

import json

from django.core.management.base import BaseCommand, CommandError

from oauth_client.doctor.findings import Finding, Outcome, Report

STYLES = {Outcome.OK: "SUCCESS", Outcome.PROBLEM: "ERROR", Outcome.UNKNOWN: "NOTICE"}


def print_report(command: BaseCommand, slug: str, report: Report, *, as_json: bool) -> None:
    """Print each finding with cause and fix. Only a problem is an error: `CommandError`."""
    if as_json:
        command.stdout.write(json.dumps(report.as_json(), indent=2))
    else:
        for finding in report.findings:
            _show(command, finding)
    if report.outcome is Outcome.PROBLEM:
        raise CommandError(f"{slug}: {report.summary}")
    if not as_json:
        command.stdout.write(f"{report.summary[0].upper()}{report.summary[1:]}.")


def _show(command: BaseCommand, finding: Finding) -> None:
    paint = getattr(command.style, STYLES.get(finding.outcome, "WARNING"))
    word = finding.outcome.upper() if finding.outcome is not Outcome.OK else "ok"
    took = f" ({finding.milliseconds} ms)" if finding.milliseconds else ""
    command.stdout.write(f"{paint(f'{word:8}')} {finding.title}: {finding.cause}{took}")
    for text in filter(None, (finding.fix, finding.value)):
        command.stdout.write(f"{'':8} {text}")
