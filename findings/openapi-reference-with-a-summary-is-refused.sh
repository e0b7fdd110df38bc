#!/usr/bin/env bash
# @apidevtools/swagger-parser 13.1.0 (npm): two forms that OpenAPI 3.1 brought are refused.
#
# OpenAPI 3.1.1, 4.8.23: a reference may have a `summary` and a `description`, which override those of what it names
# ("Reference Object"); 4.8.1: a document has at least one of `paths`, `components` and `webhooks`. Seen: the fields of a
# reference are merged into a copy of what it names before that is validated, so a response that is a reference with a
# summary is no valid response; and a document of `components` alone "is not a valid Openapi API
# definition", while one of `webhooks` alone is taken. @seriousme/openapi-schema-validator 2.11.0 takes all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @apidevtools/swagger-parser@13.1.0 @seriousme/openapi-schema-validator@2.11.0
cat > check.mjs <<'JS'
import SwaggerParser from '@apidevtools/swagger-parser';
import { Validator } from '@seriousme/openapi-schema-validator';
const head = { openapi: '3.1.1', info: { title: 't', version: '1' } };
const gone = { description: 'gone' };
const get = (response) => ({ paths: { '/a': { get: { responses: { 410: response } } } }, components: { responses: { gone } } });
const documents = {
    'a reference': get({ $ref: '#/components/responses/gone' }),
    'a reference with a description': get({ $ref: '#/components/responses/gone', description: 'withdrawn' }),
    'a reference with a summary': get({ $ref: '#/components/responses/gone', summary: 'withdrawn' }),
    'webhooks alone': { webhooks: { w: { post: { responses: { 200: gone } } } } },
    'components alone': { components: { schemas: { name: { type: 'string' } } } },
};
for (const [name, document] of Object.entries(documents)) {
    const other = await new Validator().validate({ ...head, ...structuredClone(document) });
    let own = 'valid';
    try { await SwaggerParser.validate({ ...head, ...structuredClone(document) }); }
    catch (error) { own = error.message.trim().split('\n').pop().trim().replace('[object Object]', 'it'); }
    console.log(`${name}: ${own}; the other validator: ${other.valid ? 'valid' : 'not valid'}`);
}
JS
seen=$(node check.mjs)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
a reference: valid; the other validator: valid
a reference with a description: valid; the other validator: valid
a reference with a summary: #/paths/~1a/get/responses/410 must match "else" schema; the other validator: valid
webhooks alone: valid; the other validator: valid
components alone: it is not a valid Openapi API definition; the other validator: valid
EXPECTED
