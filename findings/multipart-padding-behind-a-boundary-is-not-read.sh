#!/usr/bin/env bash
# multipart 2.0.1, python-multipart 0.0.34 (PyPI) and busboy 1.6.0 (npm): forms whose boundaries are followed by
# blanks are not read.
#
# RFC 2046, 5.1.1: who writes a multipart body adds no blanks behind a boundary, but "receivers MUST be able to
# handle padding added by message transports", and text before the first boundary (preamble) is to be ignored. Seen:
# the two in Python refuse the padding, each with an error of its own, python-multipart the preamble as well; busboy
# says that it has finished, without a field and without an error. Python's own email package reads all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --no-deps multipart==2.0.1 python-multipart==0.0.34
npm install --silent --no-audit --no-fund busboy@1.6.0
cat > read.py <<'PY'
import email, io, json, logging
import multipart, python_multipart
logging.disable(logging.CRITICAL)
TYPE = "multipart/form-data; boundary=line"

def own(body):
    head = f"Content-Type: {TYPE}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + body).get_payload()
    return parts[0].get_payload()

def first(body):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": TYPE, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    return multipart.parse_form_data(environ, strict=True)[0]["field"]

def second(body):
    found = []
    head = {"Content-Type": TYPE.encode(), "Content-Length": str(len(body)).encode()}
    python_multipart.parse_form(head, io.BytesIO(body), lambda field: found.append(field.value.decode()), found.append)
    return found[0]

for name, body in json.load(open("bodies.json")).items():
    for tool, read in (("email", own), ("multipart", first), ("python-multipart", second)):
        try:
            print(f"{name}: {tool}: {read(body.encode())}")
        except Exception as error:
            print(f"{name}: {tool}: {type(error).__name__}")
PY
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import busboy from 'busboy';
for (const [name, body] of Object.entries(JSON.parse(readFileSync('bodies.json')))) {
    const reader = busboy({ headers: { 'content-type': 'multipart/form-data; boundary=line' } });
    let seen = 'finished without a field';
    await new Promise((done) => {
        reader.on('field', (_, value) => { seen = value; });
        reader.on('error', (error) => { seen = error.message; done(); }).on('close', done);
        reader.end(body);
    });
    console.log(`${name}: busboy: ${seen}`);
}
JS
cat > bodies.json <<'JSON'
{
  "plain": "--line\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--line--\r\n",
  "padding": "--line \t\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--line-- \r\n",
  "preamble": "for old readers\r\n--line\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\nvalue\r\n--line--\r\n"
}
JSON
seen=$(python/bin/python read.py && node read.mjs)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
plain: email: value
plain: multipart: value
plain: python-multipart: value
padding: email: value
padding: multipart: ParserError
padding: python-multipart: MultipartParseError
preamble: email: value
preamble: multipart: value
preamble: python-multipart: MultipartParseError
plain: busboy: value
padding: busboy: finished without a field
preamble: busboy: value
EXPECTED
