#!/usr/bin/python3
"""Checks rows against their JSON Schemas.

    validate.py [--schemas DIR] [--features FILE] < rows

Each line must be one JSON object with a "type", for which DIR (default: schemas/records beside the tests)
holds TYPE.json. FILE is the generated schema of the "features" sub-object (build/gen/features.v1.json), to
which "$ref": "features.v1.json" leads; without it that reference accepts any object.
Prints how many rows were right. Exit 1 naming the first line that is wrong, 2 for misuse.
"""
import argparse, json, pathlib, sys
from jsonschema import Draft202012Validator, RefResolver

HERE = pathlib.Path(__file__).resolve().parent


def fail(text, code=1):
    print(f"validate.py: {text}", file=sys.stderr)
    sys.exit(code)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as why:
        fail(f"{path}: {why}", 2)


class Validators(dict):
    """TYPE -> validator, made when a row of that type comes; None: the folder has no such schema."""

    def __init__(self, schemas, features):
        self.found = {p.name: load(p) for p in sorted(schemas.glob("*.json"))}
        self.found["features.v1.json"] = load(features) if features else {"type": "object"}
        self.store = {schema.get("$id", name): schema for name, schema in self.found.items()} | self.found

    def __missing__(self, kind):
        name = f"{kind}.json"
        schema = self.found.get(name)
        if schema is not None:
            Draft202012Validator.check_schema(schema)
            resolver = RefResolver(schema.get("$id", name), schema, store=self.store)
            schema = Draft202012Validator(schema, resolver=resolver)
        self[kind] = schema
        return schema


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--schemas", type=pathlib.Path, default=HERE.parent.parent / "schemas" / "records")
    p.add_argument("--features", type=pathlib.Path)
    a = p.parse_args()
    known = Validators(a.schemas, a.features)
    n = 0
    for n, line in enumerate(sys.stdin.buffer, 1):
        if not line.endswith(b"\n"):
            fail(f"line {n}: the stream stops without a newline")
        try:
            row = json.loads(line.decode("utf-8"), parse_constant=no_constant)
        except ValueError as why:
            fail(f"line {n}: {why}")
        kind = row.get("type") if isinstance(row, dict) else None
        if known[kind] is None:
            fail(f"line {n}: no schema for a row of type {kind!r}")
        for wrong in sorted(known[kind].iter_errors(row), key=lambda w: list(map(str, w.path))):
            fail(f"line {n}: {'.'.join(map(str, wrong.path)) or 'the row'}: {wrong.message[:300]}")
    if n == 0:
        fail("no rows")
    print(f"{n} rows are right")


if __name__ == "__main__":
    main()
