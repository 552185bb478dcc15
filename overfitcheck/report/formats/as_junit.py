"""junit: a test suite a file, a failed test a finding that fails the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from overfitcheck.finding import Finding
from overfitcheck.project.jobs import at_least
from overfitcheck.project.lint import Outcome
from overfitcheck.project.records import FileReport
from overfitcheck.report.findings import place

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""


def render(outcome: Outcome) -> Iterator[str]:
    """One XML document. What only informs is a test that passed, with what it says as output."""
    root = ElementTree.Element("testsuites", name="overfitcheck")
    failed = errors = tests = 0
    for report, level in zip(outcome.reports, outcome.fail_levels, strict=True):
        failing = [each for each in report.findings if at_least(each.level, level)]
        suite = _suite(report, failing)
        root.append(suite)
        tests += len(suite)
        failed += len(failing)
        errors += report.failure is not None
    root.set("tests", str(tests))
    root.set("failures", str(failed))
    root.set("errors", str(errors))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield ElementTree.tostring(root, encoding="unicode")


def _suite(report: FileReport, failing: list[Finding]) -> ElementTree.Element:
    path = _clean(report.path)
    suite = ElementTree.Element("testsuite", name=path, package="overfitcheck")
    for finding in report.findings:
        case = _case(suite, f"{finding.code} {finding.name}", path)
        case.set("line", str(finding.location.line))
        told = _clean(f"{place(finding.location)}: {finding.message}")
        if finding.fix is not None:
            told += f"\n{_clean(finding.fix.message)}"
        if finding in failing:
            failure = ElementTree.SubElement(case, "failure", message=_clean(finding.message))
            failure.set("type", finding.level.value)
            failure.text = told
        else:
            ElementTree.SubElement(case, "system-out").text = told
    if report.failure is not None:
        error = ElementTree.SubElement(_case(suite, "read", path), "error")
        error.set("message", _clean(report.failure))
    elif not report.findings:
        _case(suite, path, path)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(failing)))
    suite.set("errors", str(int(report.failure is not None)))
    return suite


def _case(suite: ElementTree.Element, name: str, path: str) -> ElementTree.Element:
    module = re.sub(r"\.(py|ipynb)$", "", path)
    return ElementTree.SubElement(suite, "testcase", name=name, classname=module, file=path)


def _clean(text: str) -> str:
    return NOT_XML.sub("?", text)
