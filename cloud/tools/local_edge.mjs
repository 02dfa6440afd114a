// CloudFront on this machine: the edge functions as they are deployed, in front of a folder of files and of an API.
//
// What it does as CloudFront does it: which function runs where, what it sees, that none runs behind an answer of 400 or more, the
// bucket's words for a file that is not there, or the page that is shown for every 404. What it does not: keep anything, and speak TLS.

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventOf, loadFunctions, responseOf } from '../edge/engine.mjs';
import { kindOf } from '../edge/paths.mjs';
import { runTool, ToolError, UsageError } from './stack.mjs';

const usage = `node cloud/tools/local_edge.mjs --edge FILE --api URL FOLDER [--own FOLDER] [--listen 127.0.0.1:8080] [--missing /404.html] [--counts FILE]

Serves FOLDER, and /api/*, /counter/* and /pixel.gif from the API at URL, through the edge functions.

  --edge FILE      keys and settings, as docs/edge_functions.md has them; read again when it changes. On plain HTTP they
                   need "secure": false, or no browser keeps the session
  --own FOLDER     what of a site's files is Footfall's own, such as js/footfall.js: served where FOLDER has none
  --listen H:P     where; port 0 takes any free one
  --missing PATH   the page that is shown for every 404, as the stack's setting of this name has it; without it none is
  --counts FILE    at the end, write there how much was asked of what has a price (cloud/cost)`;

const types = { html: 'text/html', htm: 'text/html', css: 'text/css', js: 'text/javascript', mjs: 'text/javascript', json: 'application/json', svg: 'image/svg+xml', png: 'image/png',
  jpg: 'image/jpeg', webp: 'image/webp', avif: 'image/avif', gif: 'image/gif', ico: 'image/x-icon', txt: 'text/plain', xml: 'application/xml', woff2: 'font/woff2', webmanifest: 'application/manifest+json' };
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

// A file of the folder as a bucket would have it, or undefined: names are taken as they are, and none leads out.
const fileAt = (folder, uri) => {
  let name;
  try {
    name = decodeURIComponent(uri);
  } catch {
    return undefined;
  }
  if (name.includes('\0')) return undefined;
  const path = resolve(join(folder, name));
  if (path !== folder && !path.startsWith(folder + sep)) return undefined;
  if (!statSync(path, { throwIfNoEntry: false })?.isFile() || !realpathSync(path).startsWith(realpathSync(folder) + sep)) return undefined;
  const body = readFileSync(path);
  const type = types[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
  return { body, type, etag: `"${createHash('md5').update(body).digest('hex')}"` };
};

// `readEdge` answers keys and settings, or undefined; `missing` is the path of a page, if there is one for every 404; `functions` may
// replace some of the edge functions.
export const startEdge = async ({ readEdge, folder, own, api, missing, host = '127.0.0.1', port = 0, functions: replaced = {} }) => {
  const counted = { cdn_requests: 0, edge_runs: 0, store_reads: 0, api_requests: 0 };
  const loaded = await loadFunctions(() => {
    counted.store_reads += 1;
    return readEdge();
  });
  const run = (name, event) => {
    counted.edge_runs += 1;
    return (replaced[name] ?? loaded[name])(event);
  };

  const send = (response, { statusCode, headers, cookies = {}, body }, content) => {
    const fields = Object.entries(headers).map(([name, { value }]) => [name, value]);
    const set = Object.entries(cookies).map(([name, { value, attributes }]) => `${name}=${value}; ${attributes}`);
    response.writeHead(statusCode, Object.fromEntries([...fields, ...(set.length > 0 ? [['set-cookie', set]] : [])]));
    response.end(content ?? body?.data ?? '');
  };
  // As S3 says it, where nobody has put a page in its place. A page that is not there itself changes nothing.
  const sendMissing = (response) => {
    const page = missing && fileAt(folder, missing);
    if (page) send(response, responseOf(404, { 'content-type': page.type }), page.body);
    else send(response, responseOf(404, { 'content-type': 'application/xml' }), '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>\n');
  };

  const sendFile = async (given, uri, response, runs) => {
    const file = fileAt(folder, uri) ?? (own && fileAt(own, uri));
    if (!file) {
      sendMissing(response);
      return;
    }
    const same = given.headers['if-none-match'] === file.etag;
    let answer = responseOf(same ? 304 : 200, { ...(same ? {} : { 'content-type': file.type, 'content-length': String(file.body.length) }), etag: file.etag, 'cache-control': 'public, max-age=0, must-revalidate' });
    if (runs) answer = await run('page_response', eventOf({ ...given, type: 'viewer-response', response: answer }));
    send(response, answer, same || given.method === 'HEAD' ? '' : file.body);
  };

  const askApi = (given, passed, query, request, response) => {
    counted.api_requests += 1;
    const headers = Object.fromEntries(Object.entries(passed.headers).map(([name, { value }]) => [name, value]).filter(([name]) => name !== 'host' && !hopByHop.has(name)));
    headers['x-forwarded-for'] = [headers['x-forwarded-for'], given.ip].filter(Boolean).join(', ');
    if (given.cookie !== '') headers.cookie = given.cookie;
    const target = new URL(api);
    const asked = http.request({ host: target.hostname, port: target.port, method: given.method, path: query === '' ? passed.uri : `${passed.uri}?${query}`, headers: { ...headers, host: target.host }, agent: false }, (answer) => {
      if (answer.statusCode === 404 && missing && fileAt(folder, missing)) {
        answer.resume();
        sendMissing(response);
        return;
      }
      response.writeHead(answer.statusCode, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name))));
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    asked.on('error', () => {
      if (response.headersSent) response.destroy();
      else send(response, responseOf(502, { 'content-type': 'text/plain' }), 'The API does not answer\n');
    });
    response.on('close', () => asked.destroy());
    request.pipe(asked);
  };

  const handle = async (request, response) => {
    counted.cdn_requests += 1;
    const question = request.url.indexOf('?');
    const [uri, query] = question < 0 ? [request.url, ''] : [request.url.slice(0, question), request.url.slice(question + 1)];
    const { cookie = '', ...headers } = request.headers;
    const given = { method: request.method, uri, query, host: headers.host ?? '', headers, cookie, ip: request.socket.remoteAddress.replace(/^::ffff:/, '') };
    const kind = kindOf(uri);
    if (kind !== 'api' && request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, responseOf(403, { 'content-type': 'text/plain' }), 'Forbidden\n');
      return;
    }
    if (kind === 'asset') {
      await sendFile(given, uri, response, false);
      return;
    }
    const passed = await run(kind === 'api' ? 'api_request' : 'page_request', eventOf(given));
    if (passed.statusCode !== undefined) send(response, passed);
    else if (kind === 'api') askApi(given, passed, query, request, response);
    else await sendFile(given, passed.uri, response, true);
  };

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error) => {
      // As CloudFront does when a function fails.
      console.error(error);
      if (response.headersSent) response.destroy();
      else send(response, responseOf(503, { 'content-type': 'text/plain' }), 'An edge function failed\n');
    });
  });
  await new Promise((done, failed) => server.once('error', failed).listen(port, host, done));
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.address().port}`,
    counted,
    close: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
};

const main = async (given, [folder, ...more]) => {
  if (!folder || more.length > 0 || !given.edge || !given.api) throw new UsageError(`a folder, --edge and --api are needed\n\n${usage}`);
  const listen = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(given.listen);
  if (!listen) throw new UsageError(`--listen is '${given.listen}', which is not ADDRESS:PORT`);
  if (!URL.canParse(given.api) || new URL(given.api).protocol !== 'http:') throw new UsageError(`--api is '${given.api}', which is no http:// URL`);
  for (const one of [folder, given.own ?? folder]) {
    if (!statSync(one, { throwIfNoEntry: false })?.isDirectory()) throw new ToolError(`${one} is no folder`);
  }
  let seen = { at: undefined, value: undefined };
  const readEdge = () => {
    const at = statSync(given.edge, { throwIfNoEntry: false })?.mtimeMs;
    if (at !== seen.at) seen = { at, value: at === undefined ? undefined : JSON.parse(readFileSync(given.edge, 'utf8')) };
    return seen.value;
  };
  try {
    readEdge();
  } catch (error) {
    throw new ToolError(`${given.edge}: ${error.message}`);
  }
  if (seen.value === undefined) throw new ToolError(`${given.edge} is not there`);
  if (given.missing !== undefined && !given.missing.startsWith('/')) throw new UsageError(`--missing is '${given.missing}', which is no path`);
  const edge = await startEdge({ readEdge, folder: resolve(folder), own: given.own && resolve(given.own), api: given.api, missing: given.missing, host: listen[1], port: Number(listen[2]) }).catch((error) => {
    throw new ToolError(error.message);
  });
  console.log(`listening on ${edge.url}`);
  const stop = async () => {
    await edge.close();
    if (given.counts) writeFileSync(given.counts, `${JSON.stringify(edge.counted)}\n`);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runTool(usage, { edge: { type: 'string' }, api: { type: 'string' }, own: { type: 'string' }, listen: { type: 'string', default: '127.0.0.1:8080' }, missing: { type: 'string' }, counts: { type: 'string' } }, main);
}
