// The `fetch` of Node.js, which is a copy of undici.

import { serve } from './wire.mjs';

async function send(call) {
  let { url } = call;
  let body;
  if (call.kind === 'json') {
    call.headers['Content-Type'] = 'application/json';
    body = JSON.stringify(call.json());
  } else if (call.kind === 'text') {
    body = call.text();
  } else if (call.kind === 'query') {
    url = `${url}?${call.query()}`;
  } else if (call.kind === 'file') {
    body = await call.form(FormData, Blob);
  }
  const signal = AbortSignal.timeout(20_000);
  const answer = await fetch(url, { method: call.method, headers: call.headers, body, signal });
  const { status } = answer;
  return { status, headers: Object.fromEntries(answer.headers), body: await answer.arrayBuffer() };
}

await serve(`fetch (undici ${process.versions.undici})`, send);
