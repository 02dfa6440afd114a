// Viewer request of the site's pages: a visitor without a session is sent to the same address with one (302), and an
// address becomes the name of a file in the bucket.

function hasMarker(request) {
  const marker = request.querystring.ff;
  return marker !== undefined && (marker.multiValue || [marker]).some((one) => one.value === '1');
}

// The query as the visitor sent it.
function queryOf(request) {
  if (typeof request.rawQueryString === 'function') return request.rawQueryString() || '';
  const pairs = [];
  Object.keys(request.querystring).forEach((name) => {
    const parameter = request.querystring[name];
    (parameter.multiValue || [parameter]).forEach((one) => pairs.push(one.value === '' ? name : name + '=' + one.value));
  });
  return pairs.join('&');
}

// The same page with the marker behind its query. "//host" would lead to another host, and browsers take a backslash
// for a slash; "/." before it means nothing else.
function markedTarget(request) {
  const query = queryOf(request);
  const safe = /^\/[\/\\]/.test(request.uri) ? '/.' + request.uri : request.uri;
  return safe + '?' + query + (query === '' ? '' : '&') + 'ff=1';
}

function redirectToItself(event, edge, now) {
  const response = {
    statusCode: 302,
    statusDescription: 'Found',
    headers: { location: { value: markedTarget(event.request) }, 'cache-control': { value: 'no-store' } },
  };
  setCookie(response, event.request, edge, freshSession(event, edge, now));
  return response;
}

// A bucket knows names and no folders.
function fileOf(path) {
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (last === '') return path + 'index.html';
  return last.indexOf('.') < 0 ? path + '.html' : path;
}

async function handler(event) {
  const request = event.request;
  // What begins no session anyhow costs no read of the store.
  if (mayBeVisit(request) && isDocument(request) && !hasMarker(request)) {
    const edge = await readEdge();
    const now = Math.floor(Date.now() / 1000);
    if (edge && edge.session === 'redirect' && !asksNotToBeCounted(request, edge) && !readSession(request, edge, now)) {
      return redirectToItself(event, edge, now);
    }
  }
  request.uri = fileOf(request.uri);
  return request;
}
