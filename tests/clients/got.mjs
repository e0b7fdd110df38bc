// got, with an agent that keeps connections.

import { Agent } from 'node:http';

import { load, serve, version } from './wire.mjs';

const { default: got } = await load('got');

const client = got.extend({
  agent: { http: new Agent({ keepAlive: true }) },
  responseType: 'buffer',
  throwHttpErrors: false,
  timeout: { request: 20_000 },
});

async function send(call) {
  const options = { method: call.method, headers: call.headers };
  if (call.kind === 'json') {
    options.json = call.json();
  } else if (call.kind === 'text') {
    options.body = call.text();
  } else if (call.kind === 'query') {
    options.searchParams = call.query();
  } else if (call.kind === 'file') {
    options.body = await call.form(FormData, Blob);
  }
  const answer = await client(call.url, options);
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

await serve(`got ${await version('got')}`, send);
