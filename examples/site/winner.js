// "Did I win?": takes a number of the counter `lucky`, asks whether it wins, and claims the surprise.
//
// Each visit of the page is a try. The number comes with a receipt, which is kept while it is worth something: a win that
// was not taken yet can be taken after a reload, by whoever has the receipt, once. The page works without any of this:
// the box is hidden until this script shows it.

const counter = '/api/counters/lucky';
const site = `?site=${encodeURIComponent(document.querySelector('script[data-site]').dataset.site)}`;
const kept = 'lucky-receipt';

const box = document.querySelector('.lucky');
const button = box.querySelector('button');
const answer = box.querySelector('[role=status]');

// Browsers may forbid a page to remember anything; then a win must be taken before the page is left.
let receipt = null;
const memory = {
  get: () => { try { return localStorage.getItem(kept); } catch { return null; } },
  set: () => { try { localStorage.setItem(kept, receipt); } catch {} },
  clear: () => { try { localStorage.removeItem(kept); } catch {} },
};

// {status, body}; a status of 0 is no answer at all.
const ask = async (path, options = {}) => {
  try {
    const response = await fetch(counter + path + site, { cache: 'no-store', signal: AbortSignal.timeout(15_000), ...options });
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: {} };
  }
};

const say = (text, className = '') => {
  answer.textContent = text;
  box.classList.toggle('won', className === 'won');
};

// A retry of the same try counts once: the key is made once for it.
const once = (() => {
  const keys = {};
  return (what) => (keys[what] ??= [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
})();

const askWinner = () => ask('/winner', receipt ? { headers: { 'footfall-receipt': receipt } } : {});

// The answer about a win that was not taken yet, or about this visit's number.
const play = async () => {
  receipt = memory.get();
  if (receipt) {
    const { status, body } = await askWinner();
    if (status === 0 || status >= 500) return nobodyAnswers();
    if (status === 200 && body.winner && !body.claimed) return won(body);
    memory.clear(); // it was taken; or the receipt is of another server, or of another time
  }
  const taken = await ask('/increment', { method: 'POST', headers: { 'idempotency-key': once('number') } });
  if (taken.status !== 200) return nobodyAnswers();
  receipt = taken.body.receipt ?? null;
  const { status, body } = await askWinner();
  if (status !== 200) return nobodyAnswers();
  if (!body.winner) return say(`${named(body)} does not win. Each visit is a new try: load the page again.`);
  if (body.claimed) return say(`${named(body)} has won, and its surprise has been taken.`, 'won');
  if (receipt) memory.set();
  won(body);
};

const named = ({ number }) => (typeof number === 'number' ? `No. ${number.toLocaleString()}` : 'Your number');

const nobodyAnswers = () => {
  say('Nobody answers just now. Try again in a moment.');
  offer('Did I win?', play);
};

const won = (body) => {
  say(`${named(body)} wins!`, 'won');
  offer('Take the surprise', claim);
};

const show = (surprise) => {
  say('It is yours: ', 'won');
  const { text, url, code } = surprise ?? {};
  if (text || code) answer.append([text, code].filter(Boolean).join(' '));
  else if (!url) answer.append('the joy of having won.');
  if (/^https?:/.test(url ?? '')) {
    const link = document.createElement('a');
    link.href = url;
    link.textContent = ' Open it';
    answer.append(link);
  }
};

const claim = async () => {
  const { status, body } = await ask('/claim', { method: 'POST',
    headers: { 'idempotency-key': once('claim'), ...(receipt ? { 'footfall-receipt': receipt } : {}) } });
  if (status === 200 || status === 409) memory.clear();
  if (status === 200) return show(body.surprise);
  if (status === 409) return say('This number’s surprise has been taken.');
  say('The surprise could not be had just now. Try again in a moment.', 'won');
  offer('Take the surprise', claim);
};

const offer = (text, action) => {
  button.textContent = text;
  button.hidden = false;
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    button.hidden = true;
    say('…');
    await action();
  };
};

offer('Did I win?', play);
box.hidden = false;
