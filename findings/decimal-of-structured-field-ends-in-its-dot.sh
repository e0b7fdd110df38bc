#!/usr/bin/env bash
# structured-headers 2.1.0 (npm): a decimal that rounds to a whole number is written with nothing behind its dot.
#
# RFC 9651, 4.1.5: a decimal is rounded to three digits, and has at least one behind the dot (`1.0`). Seen: 1.0004
# is written `1.`, which is no structured field: the library's own parser refuses it, as does http-sf 1.5.0 (PyPI).
# Where a whole number is given, it is written as an integer (`1`), so the type depends on the value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund structured-headers@2.1.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --no-deps http_sf==1.5.0 typing_extensions==4.15.0
cat > write.mjs <<'JS'
import { parseItem, serializeItem } from 'structured-headers';
for (const value of [0.5, 1.0004, 0.0004, 1]) {
    const written = serializeItem([value, new Map()]);
    let read;
    try { read = parseItem(written)[0]; } catch (error) { read = `refused (${error.message})`; }
    console.log(`${value}: ${written} read again: ${read}`);
}
JS
cat > read.py <<'PY'
import http_sf
for written in (b"1.0", b"1."):
    try:
        print(written.decode(), "http-sf reads", http_sf.parse(written, tltype="item")[0])
    except Exception as error:
        print(written.decode(), "http-sf refuses:", type(error).__name__)
PY
seen=$(node write.mjs && python/bin/python read.py)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
0.5: 0.5 read again: 0.5
1.0004: 1. read again: refused (Parse error: Decimal cannot end on a period at offset 2)
0.0004: 0. read again: refused (Parse error: Decimal cannot end on a period at offset 2)
1: 1 read again: 1
1.0 http-sf reads 1.0
1. http-sf refuses: StructuredFieldError
EXPECTED
