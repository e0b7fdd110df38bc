#!/usr/bin/env bash
# openapi-spec-validator 0.9.0 (PyPI) with openapi-schema-validator 0.9.0: names inside of schemas are looked for in
# the wrong place, patterns are read by Python's rules, and an extension in `paths` is taken for a path.
#
# OpenAPI 3.1 schemas are JSON Schema 2020-12: `$anchor` names a place of the document, `$id` begins a new base for
# references below it (8.2), `pattern` is a regular expression of ECMA-262 read as Unicode (6.4), and `paths` may have
# `x-..` fields ("Paths Object"). Seen: valid documents with these are refused (NoSuchAnchor, PointerToNowhere, "is
# not a 'regex'", KeyError); @seriousme/openapi-schema-validator 2.11.0 (npm) takes all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @seriousme/openapi-schema-validator@2.11.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0 openapi-schema-validator==0.9.0
cat > documents.json <<'JSON'
{
  "plain": {"paths": {}, "components": {"schemas": {"a": {"type": "string"}, "b": {"$ref": "#/components/schemas/a"}}}},
  "anchor": {"paths": {}, "components": {"schemas": {"a": {"$anchor": "name", "type": "string"}, "b": {"$ref": "#name"}}}},
  "base": {"paths": {}, "components": {"schemas": {"a": {"$id": "https://api.example/a", "$defs": {"s": {"type": "string"}},
    "properties": {"x": {"$ref": "#/$defs/s"}}}}}},
  "pattern": {"paths": {}, "components": {"schemas": {"a": {"type": "string", "pattern": "^\\p{L}+$"}}}},
  "extension": {"paths": {"x-owner": "billing"}}
}
JSON
cat > check.py <<'PY'
import json, openapi_spec_validator
for name, document in json.load(open("documents.json")).items():
    document |= {"openapi": "3.1.1", "info": {"title": "t", "version": "1"}}
    try:
        openapi_spec_validator.validate(document)
        print(name, "valid")
    except Exception as error:
        print(name, type(error).__name__)
PY
cat > check.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
const documents = JSON.parse(readFileSync('documents.json'));
const head = { openapi: '3.1.1', info: { title: 't', version: '1' } };
for (const [name, document] of Object.entries(documents)) {
    const { valid } = await new Validator().validate({ ...head, ...document });
    console.log(`${name}, the other validator: ${valid}`);
}
JS
seen=$(python/bin/python check.py 2>&1 && node check.mjs)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
plain valid
anchor NoSuchAnchor
base PointerToNowhere
pattern OpenAPIValidationError
extension KeyError
plain, the other validator: true
anchor, the other validator: true
base, the other validator: true
pattern, the other validator: true
extension, the other validator: true
EXPECTED
