// What the clients in JavaScript share: calls come as lines, replies go as lines of JSON.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// The packages are below the target folder, not beside this file.
const packages = createRequire(`${process.env.CLIENT_PACKAGES}/`);

export async function load(name) {
  return import(pathToFileURL(packages.resolve(name)));
}

// The file is read by its path: not every package exports its `package.json`.
export async function version(name) {
  const text = await readFile(`${process.env.CLIENT_PACKAGES}/node_modules/${name}/package.json`);
  return JSON.parse(text).version;
}

export class Call {
  constructor(line) {
    const [method, target, token, kind, ...fields] = line.split('\t');
    Object.assign(this, { method, kind, fields });
    this.url = process.argv[2] + target;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  json() {
    return JSON.parse(this.fields[0]);
  }

  text() {
    this.headers['Content-Type'] = this.fields[0];
    return this.fields[1];
  }

  query() {
    return new URLSearchParams([this.fields]);
  }

  // A form with the file, of the classes of this implementation.
  async form(FormData, Blob) {
    const [field, path, name, type] = this.fields;
    const form = new FormData();
    form.append(field, new Blob([await readFile(path)], { type }), name);
    return form;
  }
}

// Answers each call by what `send` makes of it: a status, an object of headers, and bytes.
export async function serve(about, send) {
  if (process.argv[2] === 'version') {
    console.log(`${about}, Node.js ${process.versions.node}`);
    return;
  }
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { status, headers, body } = await send(new Call(line));
      const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
      const encoded = Buffer.from(body).toString('base64');
      console.log(JSON.stringify({ status, headers: Object.fromEntries(own), body: encoded }));
    } catch (error) {
      const cause = error.cause ? ` (${error.cause})` : '';
      console.log(JSON.stringify({ error: `${error}${cause}` }));
    }
  }
}
