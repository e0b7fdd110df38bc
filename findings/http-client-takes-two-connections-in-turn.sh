#!/usr/bin/env bash
# undici 7.30.0 (npm) on Node.js: requests that are sent one after the other, each when the answer to the one
# before has been read to its end.
#
# Expected: a client that keeps its connection sends them all over one. Seen: its default dispatcher opens a
# second connection for the second request, and then takes the two in turn. A service that counts connections
# or keeps state by connection sees two of one client that never sends two requests at once. With
# `new Agent({ connections: 1 })` there is one.
set -euo pipefail
for program in node npm; do
    command -v "$program" > /dev/null || { echo "SKIPPED: $program is missing (Debian: nodejs, npm)"; exit 0; }
done
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "SKIPPED: undici 7 needs Node.js 20"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts undici@7.30.0 > npm.log
cat > ask.mjs <<'JS'
import http from 'node:http';
import { Agent, request } from 'undici';

const ports = [];
const server = http.createServer((request, response) => {
    ports.push(request.socket.remotePort);
    response.end('fine');
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const url = `http://127.0.0.1:${server.address().port}/`;

async function ask(name, options) {
    ports.length = 0;
    for (let number = 0; number < 6; number += 1) {
        const { body } = await request(url, options);
        await body.text();
    }
    const seen = [...new Set(ports)];
    console.log(`${name}: ${ports.map((port) => seen.indexOf(port) + 1).join(' ')}`);
}

await ask('default', {});
await ask('one connection', { dispatcher: new Agent({ connections: 1 }) });
process.exit(0);
JS
seen=$(node ask.mjs)
echo "$seen"
expected='default: 1 2 1 2 1 2
one connection: 1 1 1 1 1 1'
[ "$seen" = "$expected" ] || { echo "CHANGED: expected $expected"; exit 1; }
