// Access logs as servers and the world write them: made-up lines, each with what the import must make of it.

import { randomOf } from './random.mjs';

export const site = 'example.com';
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const begin = Date.UTC(2015, 4, 17, 23, 0, 3);
const two = (number) => String(number).padStart(2, '0');

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'curl/8.5.0',
  '', // written as "-"
];
const addresses = ['192.0.2.1', '192.0.2.77', '198.51.100.9', '203.0.113.200', '2001:db8::1', '2001:db8:0:1::ff'];
const pages = ['/', '/about', '/projects.html', '/blog/', '/Feed.JSON', '/old.HTM', '/caf%C3%A9', '/%e9t%e9', '/a//b', '//double', '/~ines/', '/search?q=a+b&x=%00', '/p?x=1#frag', '/v1.2/notes'];
const assets = ['/style.css', '/img/logo.png', '/favicon.ico', '/js/app.min.js', '/feed.xml', '/v1.2'];

// Latin-1 bytes stand for themselves: a line is a Buffer, not text.
const bytes = (text) => Buffer.from(text, 'latin1');
const utf8 = (text) => Buffer.from(text, 'utf8').toString('latin1');

export class AccessLog {
  lines = []; // Buffers, without line ends
  wanted = { recorded: 0, left_out: 0, malformed: 0 };
  hits = []; // what must be recorded

  constructor(format, seed) {
    Object.assign(this, { format, random: randomOf(seed), time: begin });
  }

  add(becomes, line, hit) {
    this.lines.push(bytes(line));
    this.wanted[becomes] += 1;
    if (hit) this.hits.push(hit);
  }

  // One line of the format; `hit` tells what is to be read from it.
  line({ address, target, method = 'GET', status = 200, agent = '', referrer = '', host = site, time = this.time, version = 'HTTP/1.1' }) {
    const at = new Date(time);
    const stamp = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
    const common = `${address} - - [${stamp}] "${method} ${target} ${version}" ${status} ${status === 304 ? '-' : 512}`;
    if (this.format === 'common') return common;
    const combined = `${common} "${referrer || '-'}" "${agent || '-'}"`;
    return this.format === 'combined' ? combined : `${host}:80 ${combined}`;
  }

  // So many lines, of which about half are pages.
  fill(count) {
    const { random } = this;
    for (let number = 0; number < count; number += 1) {
      this.time += 1000 * random.below(40);
      const address = random.pick(addresses);
      const agent = random.pick(agents);
      const referrer = random.pick(['', '', 'https://www.google.com/', 'https://news.ycombinator.com/item?id=1']);
      const target = random.pick(pages);
      const some = { address, agent, referrer, target };
      const hit = () => {
        const [path, query] = target.split('#')[0].split('?');
        const told = this.format === 'common' ? { user_agent: null, referrer: null } : { user_agent: agent || null, referrer: referrer || null };
        return { time: new Date(this.time).toISOString(), ip: address, path, query: query ?? null, ...told };
      };
      const kind = random.below(100);
      if (kind < 48) this.add('recorded', this.line({ ...some, status: random.pick([200, 200, 200, 206, 304]) }), hit());
      else if (kind < 50) this.add('recorded', this.line({ ...some, version: 'HTTP/1.0' }), hit());
      else if (kind < 68) this.add('left_out', this.line({ ...some, target: random.pick(assets) }));
      else if (kind < 74) this.add('left_out', this.line({ ...some, method: random.pick(['HEAD', 'POST', 'OPTIONS', 'get', 'PROPFIND']) }));
      else if (kind < 84) this.add('left_out', this.line({ ...some, status: random.pick([301, 302, 404, 410, 500, 503]) }));
      else if (kind < 86) this.add('left_out', this.line({ ...some, time: Date.UTC(2099, 0, 1) }));
      else if (kind < 88 && this.format === 'combined-with-host') this.add('left_out', this.line({ ...some, host: 'other.example' }));
      else this.add('malformed', this.damaged(some));
    }
    return this;
  }

  damaged(some) {
    const whole = this.line(some);
    return this.random.pick([
      () => '',
      () => ' ',
      () => whole.slice(0, 10 + this.random.below(40)), // cut before the request has ended
      () => whole.replace('[', ''),
      () => whole.replace(/\[\d\d/, '[32'),
      () => whole.replace(/\/\w{3}\//, '/Foo/'),
      () => whole.replace('+0000', '00'),
      () => whole.replace(' 200 ', ' two '),
      () => whole.replace(' 200 ', ' 20000 '),
      () => whole.replace('"GET ', 'GET '),
      () => whole.replace(some.address, '999.1.2.3'),
      () => whole.replace(some.address, 'not an address'),
      () => whole.replace(/"GET [^"]*"/, '"-"'),
      () => whole.replace(/"GET [^"]*"/, '"\\x16\\x03\\x01"'),
      () => String.fromCharCode(...Array.from({ length: 200 }, () => this.random.pick([0, 1, 7, 27, 128, 200, 255]))),
      () => this.line({ ...some, target: `/${'a'.repeat(2_000)}` }), // one byte over what a path may have
      () => this.line({ ...some, target: `ftp://${site}/` }),
    ])();
  }

  // What only odd clients and servers write.
  addOdd() {
    const one = (line, told) => {
      this.time += 1000;
      const wanted = { time: new Date(this.time).toISOString(), ip: '192.0.2.5', path: '/', query: null, user_agent: null, referrer: null, ...told };
      if (this.format === 'common') wanted.user_agent = wanted.referrer = null;
      this.add('recorded', this.line({ address: '192.0.2.5', target: '/', ...line }), wanted);
    };
    one({ target: `/${utf8('grün')}` }, { path: '/grün' }); // UTF-8 as it is
    one({ target: '/gr\xfcn' }, { path: '/gr\ufffdn' }); // Latin-1 as it is
    one({ target: '/tab\tbed' }, { path: '/tab bed' });
    one({ target: `http://${site}/absolute?x` }, { path: '/absolute', query: 'x' });
    one({ target: `/${'b'.repeat(1_999)}` }, { path: `/${'b'.repeat(1_999)}` }); // the longest path there may be
    one({ agent: 'say \\"hello\\" \\\\', referrer: 'https://a.example/\\"x\\"' }, { user_agent: 'say \\"hello\\" \\\\', referrer: 'https://a.example/\\"x\\"' });
    one({ agent: '<script>alert(1)</script>', referrer: 'javascript:alert(1)' }, { user_agent: '<script>alert(1)</script>', referrer: 'javascript:alert(1)' });
    one({ agent: '\x1b[31mred' }, { user_agent: ' [31mred' });
    one({ agent: 'u'.repeat(600) }, { user_agent: 'u'.repeat(512) });
    one({ target: '/%zz%' }, { path: '/%zz%' });
    one({ address: '::ffff:192.0.2.5' }, {});
    one({ target: '/..//../etc/passwd' }, { path: '/..//../etc/passwd' });
    this.add('malformed', 'a'.repeat(1 << 20));
    this.add('malformed', this.line({ address: '192.0.2.5', target: '/', agent: 'a'.repeat(70_000) }).padEnd(66_000));
    return this;
  }

  // As a file; the last line ends like the others.
  text(end = '\n', from = 0) {
    const ends = Buffer.from(end);
    return Buffer.concat(this.lines.slice(from).flatMap((line) => [line, ends]));
  }
}

// The rows that the hits must have become, to be compared with `rowsOf` without regard to their order.
const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();
export const wantedRows = (hits) => sorted(hits.map(({ time, ip, path, query, user_agent, referrer }) => ({ time: time.slice(0, 19), ip, path, query, user_agent, referrer })));
export const rowsOf = (rows) => sorted(rows.map(({ time, ip, path, query, user_agent, referrer }) => ({ time: time.slice(0, 19), ip, path, query, user_agent, referrer })));
