// Viewer response of the site's pages: the session's cookie is refreshed, and in mode `response` a new one is set.
//
// CloudFront runs this for answers below 400 alone, and not for what the viewer request answered itself.

// What is kept of Cache-Control when a response carries a visitor's own cookie.
function privateCaching(cacheControl) {
  const kept = cacheControl.split(',').map((one) => one.trim())
    .filter((one) => one !== '' && !/^(public|private|s-maxage|proxy-revalidate)\s*(=|$)/i.test(one));
  return ['private'].concat(kept).join(', ');
}

async function handler(event) {
  const request = event.request;
  const response = event.response;
  const type = header(response, 'content-type');
  if (!mayBeVisit(request) || !isRecorded(request.method, request.uri, response.statusCode, type)) return response;
  const edge = await readEdge();
  if (!edge || edge.session === 'off' || asksNotToBeCounted(request, edge)) return response;
  const now = Math.floor(Date.now() / 1000);
  let session = readSession(request, edge, now);
  if (session) {
    session.seen = Math.max(session.seen, now);
  } else if (edge.session === 'response' && isDocument(request)) {
    session = freshSession(event, edge, now);
  }
  if (!session) return response;
  setCookie(response, request, edge, session);
  response.headers['cache-control'] = { value: privateCaching(header(response, 'cache-control')) };
  return response;
}
