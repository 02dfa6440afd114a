// Viewer request of `/api/*` and the other routes that Footfall answers: what must not be paid for is answered here, and
// the origin is told who asks in a way that nobody else can.
//
// The origin has an address of its own, which anyone may find. It believes `x-ff-host`, `x-ff-ip`, `x-ff-session` and
// `x-ff-path` only with `x-ff-edge`, their signature (docs/edge_functions.md, tests/vectors/edge_proof.json).

// What strangers may ask for without a token. The rest is refused here; the origin looks at tokens itself.
function isOpen(method, path) {
  if (!path.startsWith('/api/')) return true;
  if (path === '/api/visits') return method === 'POST' || method === 'OPTIONS';
  return /^\/api\/(event|login|logout|openapi\.json)$/.test(path) || /^\/api\/(count|counters|receipts)\/./.test(path);
}

function answer(status, description, contentType, body) {
  return {
    statusCode: status,
    statusDescription: description,
    headers: { 'content-type': { value: contentType }, 'cache-control': { value: 'no-store' } },
    body: { encoding: 'text', data: body },
  };
}

function problem(status, title, code, detail, name, value) {
  const body = { type: 'about:blank', title: title, status: status, code: code, detail: detail };
  const response = answer(status, title, 'application/problem+json', JSON.stringify(body));
  response.headers[name] = { value: value };
  return response;
}

// As the origin says it: policy is no error, so that no client tries again.
function dropped(reason) {
  const response = answer(202, 'Accepted', 'text/plain; charset=utf-8', 'ok');
  response.headers['x-footfall-dropped'] = { value: reason };
  return response;
}

function isOwnHost(url, request, edge) {
  const parts = /^https?:\/\/(?:[^\/?#@]*@)?([^\/?#:]+)(?::\d*)?(?:[\/?#]|$)/i.exec(url);
  if (!parts) return false;
  const host = parts[1].toLowerCase();
  const plain = (name) => name.replace(/^www\./, '');
  return host === hostOf(request) || plain(host) === plain(edge.site) || (edge.hosts || []).indexOf(host) >= 0;
}

// Why the page that asks is none of the site's, as far as the request tells (docs/guards.md); '' when nothing says so.
function foreignPage(request, edge) {
  const origin = header(request, 'origin');
  if (origin !== '') return isOwnHost(origin, request, edge) ? '' : 'foreign_origin';
  const referrer = header(request, 'referer');
  if (referrer !== '') return isOwnHost(referrer, request, edge) ? '' : 'foreign_referrer';
  return header(request, 'sec-fetch-site') === 'cross-site' ? 'cross_site' : '';
}

// The origin knows its sites by name alone, and a page of this distribution may be reached by another: a copy without a
// domain at CloudFront's own, or a host of the settings.
function nameSite(request, edge, name) {
  const url = header(request, name);
  if (url !== '' && isOwnHost(url, request, edge)) {
    request.headers[name] = { value: url.replace(/^https?:\/\/[^\/?#]*/i, 'https://' + edge.site) };
  }
}

function forgetWhatOnlyTheEdgeSays(request) {
  Object.keys(request.headers).forEach((name) => {
    if (name.startsWith('x-ff-')) delete request.headers[name];
  });
}

function tellOrigin(event, edge, session, now) {
  const key = newestKey(edge);
  const host = hostOf(event.request);
  const time = now.toString(36);
  const id = session ? session.id : '';
  const headers = event.request.headers;
  headers['x-ff-host'] = { value: host };
  headers['x-ff-ip'] = { value: event.viewer.ip };
  if (id !== '') headers['x-ff-session'] = { value: id };
  // API Gateway hands its function the path decoded, and cut off at a decoded '?'.
  headers['x-ff-path'] = { value: event.request.uri };
  const told = ['edge', key.id, time, host, event.viewer.ip, id, event.request.uri].join('\n');
  headers['x-ff-edge'] = { value: [key.id, time, sign(key, told)].join('.') };
}

async function handler(event) {
  const request = event.request;
  forgetWhatOnlyTheEdgeSays(request);
  const speaksForOthers = header(request, 'authorization') !== '';
  if (!speaksForOthers && !request.cookies.footfall_login && !isOpen(request.method, request.uri)) {
    return problem(401, 'Unauthorized', 'unauthorized', 'a token is needed: send it as `Authorization: Bearer TOKEN`',
      'www-authenticate', 'Bearer');
  }
  const edge = await readEdge();
  if (!edge) return problem(503, 'Service Unavailable', 'unavailable', 'the edge has no keys yet', 'retry-after', '60');
  const now = Math.floor(Date.now() / 1000);
  const session = readSession(request, edge, now);
  if (request.method === 'POST' && request.uri === '/api/event' && !speaksForOthers) {
    const foreign = edge.protect === 'off' ? '' : foreignPage(request, edge);
    if (foreign !== '') return dropped(foreign);
    if (edge.require_session === true && !session) return dropped('no_token');
  }
  nameSite(request, edge, 'origin');
  nameSite(request, edge, 'referer');
  tellOrigin(event, edge, session, now);
  return request;
}
