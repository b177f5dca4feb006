"""Whether files are SARIF 2.1.0 as the models of sarif-pydantic have it: what must be there is, with values of its type, and nothing that is not known.

The models take what they do not know, so that is looked for apart; free are property bags alone.
"""
import sys

from pydantic import BaseModel, ValidationError
from sarif_pydantic.sarif import Sarif

# Of the standard, and not in the models.
ALSO_KNOWN = {"columnKind", "toolExecutionNotifications"}


def unknown(value, place):
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            if name not in ALSO_KNOWN:
                yield f"{place} has an unknown {name}"
        for name in type(value).model_fields:
            if name != "properties":
                yield from unknown(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown(item, f"{place}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from unknown(item, f"{place}.{name}")


def problems(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        log = Sarif.model_validate_json(text)
    except ValidationError as error:
        yield str(error)
        return
    if log.version != "2.1.0":
        yield f"version {log.version}"
    yield from unknown(log, "log")
    for run in log.runs:
        rules = [rule.id for rule in run.tool.driver.rules or []]
        if len(set(rules)) != len(rules):
            yield "two rules have one id"
        for result in run.results or []:
            if result.rule_id not in rules:
                yield f"no rule {result.rule_id}"


found = [f"{path}: {problem}" for path in sys.argv[1:] for problem in problems(path)]
sys.exit("\n".join(found) or 0)
