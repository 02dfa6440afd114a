// "Did I win?": takes a number of the counter `lucky`, asks whether it wins, and claims the surprise.
//
// The number comes with a receipt, which the visitor keeps: whoever has it can ask again later, and claim once. The page
// works without any of this: the box is hidden until this script shows it.

const counter = '/api/counters/lucky';
const site = `?site=${encodeURIComponent('localhost')}`;
const kept = 'lucky-receipt';

const box = document.querySelector('.lucky');
const button = box.querySelector('button');
const answer = box.querySelector('[role=status]');

// Browsers may forbid a page to remember anything; then the number is new each time.
const memory = {
  get: () => { try { return localStorage.getItem(kept); } catch { return null; } },
  set: (receipt) => { try { localStorage.setItem(kept, receipt); } catch {} },
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

const takeNumber = async () => {
  const { status, body } = await ask('/increment', { method: 'POST', headers: { 'idempotency-key': once('number') } });
  if (status === 200 && body.receipt) memory.set(body.receipt);
  return status === 200 ? body.receipt ?? '' : null;
};

// The answer about the number that is kept, or about a new one.
const askWinner = async () => {
  const old = memory.get();
  if (old) {
    const known = await ask('/winner', { headers: { 'footfall-receipt': old } });
    if (known.status === 200 || known.status === 0 || known.status >= 500) return known;
    memory.clear(); // the receipt of another server, or of another time
  }
  const receipt = await takeNumber();
  if (receipt === null) return { status: 0, body: {} };
  return ask('/winner', receipt ? { headers: { 'footfall-receipt': receipt } } : {});
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
  const receipt = memory.get();
  const { status, body } = await ask('/claim', { method: 'POST',
    headers: { 'idempotency-key': once('claim'), ...(receipt ? { 'footfall-receipt': receipt } : {}) } });
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

const play = async () => {
  const { status, body } = await askWinner();
  if (status !== 200) {
    say('Nobody answers just now. Try again in a moment.');
    return offer('Did I win?', play);
  }
  const number = typeof body.number === 'number' ? `No. ${body.number.toLocaleString()}` : 'Your number';
  if (!body.winner) return say(`${number} does not win. Come back tomorrow.`);
  if (body.claimed) return say(`${number} has won, and its surprise has been taken.`, 'won');
  say(`${number} wins!`, 'won');
  offer('Take the surprise', claim);
};

offer('Did I win?', play);
box.hidden = false;
