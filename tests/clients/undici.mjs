// undici's own `request`.

import { load, serve, version } from './wire.mjs';

const { request, FormData } = await load('undici');

async function send(call) {
  let body;
  let query;
  if (call.kind === 'json') {
    call.headers['Content-Type'] = 'application/json';
    body = JSON.stringify(call.json());
  } else if (call.kind === 'text') {
    body = call.text();
  } else if (call.kind === 'query') {
    query = Object.fromEntries([call.fields]);
  } else if (call.kind === 'file') {
    body = await call.form(FormData, Blob);
  }
  const { method, headers } = call;
  const signal = AbortSignal.timeout(20_000);
  const answer = await request(call.url, { method, headers, body, query, signal });
  const bytes = await answer.body.arrayBuffer();
  return { status: answer.statusCode, headers: answer.headers, body: bytes };
}

await serve(`undici ${await version('undici')}`, send);
