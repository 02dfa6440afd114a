// The edge functions in node, as they are deployed, and the events that CloudFront would give them.

import { assembled, functions } from './assemble.mjs';

export const urlOf = (text) => `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;

// What `import cf from 'cloudfront'` gives. A value that is not there is an error, as it is in the service.
const store = 'export default { kvs: () => ({ get: async (key, options) => globalThis.footfallEdgeStore(key, options) }) };\n';

// The functions by name, each from an event to a request or a response. `read` answers the value of the key value store, or
// undefined. All functions of a process share one store: the last one that was given.
export const loadFunctions = async (read) => {
  globalThis.footfallEdgeStore = (key) => {
    const value = key === 'edge' ? read() : undefined;
    if (value === undefined || value === null) throw new Error('KeyNotFound');
    return structuredClone(value);
  };
  const loaded = {};
  for (const name of Object.keys(functions)) {
    const text = assembled(name).replace("from 'cloudfront'", () => `from '${urlOf(store)}'`);
    const { handler } = await import(urlOf(`${text}\nexport { handler };\n`));
    loaded[name] = async (event) => {
      const { raw, ...request } = event.request;
      return handler({ ...event, request: raw === undefined ? request : { ...request, rawQueryString: () => raw } });
    };
  }
  return loaded;
};

// Names with their values, and with all of them where there are several.
const gathered = (pairs) => {
  const all = {};
  for (const [name, value] of pairs) {
    if (!Object.hasOwn(all, name)) {
      all[name] = { value };
    } else {
      all[name].multiValue ??= [{ value: all[name].value }];
      all[name].multiValue.push({ value });
    }
  }
  return all;
};

// A Cookie header as CloudFront takes it apart.
export const cookiesOf = (header) => gathered((header ?? '').split(';').map((pair) => pair.trim()).filter((pair) => pair.indexOf('=') > 0)
  .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

const queryOf = (raw) => gathered(raw.split('&').filter((one) => one !== '')
  .map((pair) => (pair.includes('=') ? [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] : [pair, ''])));

// An event as CloudFront sends it. `raw` is not CloudFront's: what request.rawQueryString() will answer.
export const eventOf = ({ type = 'viewer-request', method = 'GET', uri = '/', query = '', host = 'example.com', headers = {}, cookie = '',
  ip = '198.51.100.7', response, withRawQuery = true }) => ({
  version: '1.0',
  context: { distributionDomainName: 'd111111abcdef8.cloudfront.net', distributionId: 'EDFDVBD6EXAMPLE', eventType: type,
    requestId: `${Math.random().toString(36).slice(2)}==` },
  viewer: { ip },
  request: {
    method, uri, querystring: queryOf(query), cookies: cookiesOf(cookie), ...(withRawQuery ? { raw: query } : {}),
    headers: Object.fromEntries(Object.entries({ host, ...headers }).map(([name, value]) => [name.toLowerCase(), { value }])),
  },
  ...(response ? { response } : {}),
});

export const responseOf = (statusCode = 200, headers = {}) => ({
  statusCode, statusDescription: '', cookies: {},
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])),
});
