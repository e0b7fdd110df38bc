// axios, with an agent that keeps connections.

import { Agent } from 'node:http';

import { load, serve, version } from './wire.mjs';

const { default: axios } = await load('axios');

const client = axios.create({
  httpAgent: new Agent({ keepAlive: true }),
  responseType: 'arraybuffer',
  timeout: 20_000,
  validateStatus: () => true,
});

async function send(call) {
  const { method, url, headers } = call;
  let data;
  let params;
  if (call.kind === 'json') {
    data = call.json();
  } else if (call.kind === 'text') {
    // As bytes: a text that is no JSON would be sent as a text in JSON.
    data = Buffer.from(call.text());
  } else if (call.kind === 'query') {
    params = Object.fromEntries([call.fields]);
  } else if (call.kind === 'file') {
    data = await call.form(FormData, Blob);
  }
  const answer = await client.request({ method, url, headers, data, params });
  return { status: answer.status, headers: answer.headers, body: answer.data };
}

await serve(`axios ${await version('axios')}`, send);
