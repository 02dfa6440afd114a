// <footfall-counter>: a number that is true, and follows what is counted while it is looked at.
//
//   <footfall-counter key="/about" label="visits">many</footfall-counter>
//
// What stands in the element is shown until the number is known, and for good where it cannot be had. An element that
// holds nothing is hidden then.

import { watch } from './feed';
import { style } from './style';
import { api, site } from './tag';

// A screen reader is told of a changed number no more often than this.
const announce_s = 30;

const make = (name: string, className: string) => {
  const element = document.createElement('span');
  element.className = className;
  element.setAttribute('part', name);
  return element;
};

// Not a <style> element where there is another way: a page's policy may forbid those.
const dress = (root: ShadowRoot) => {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.appendChild(document.createElement('style')).textContent = style;
  }
};

class FootfallCounter extends HTMLElement {
  static observedAttributes = ['key', 'site', 'unique', 'digits', 'label'];

  value: number | null = null;
  private unwatch: (() => void) | undefined;
  private number = make('number', 'number still');
  private caption = make('label', 'label');
  private status = make('status', '');
  private fallback = document.createElement('slot');
  private announced_at = -Infinity;
  private announcing = 0;
  private hides = false; // itself, not its author

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    dress(root);
    // What is seen moves and is made of single digits; what is read out is one calm sentence.
    this.number.setAttribute('aria-hidden', 'true');
    this.caption.setAttribute('aria-hidden', 'true');
    this.status.setAttribute('role', 'status');
    root.append(this.caption, this.number, this.status, this.fallback);
  }

  connectedCallback() {
    this.start();
  }

  disconnectedCallback() {
    this.unwatch?.();
    this.unwatch = undefined;
    clearTimeout(this.announcing);
    this.announcing = 0;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null) {
    if (!this.unwatch || before === after) return;
    if (name === 'digits' || name === 'label') return this.show();
    this.disconnectedCallback();
    this.value = null;
    this.start();
  }

  private start() {
    const key = this.getAttribute('key') || location.pathname;
    const unique = this.hasAttribute('unique');
    const query = `?site=${encodeURIComponent(this.getAttribute('site') || site)}${unique ? '&unique=1' : ''}`;
    this.announced_at = -Infinity;
    this.number.classList.add('still');
    this.show();
    this.unwatch = watch(api + encodeURIComponent(key), query, unique, (value) => {
      this.value = value;
      this.show();
      if (value !== null) this.dispatchEvent(new CustomEvent('footfall-count', { bubbles: true, detail: { value } }));
    });
  }

  private get digits() {
    return Math.min(16, Number.parseInt(this.getAttribute('digits') ?? '', 10) || 0);
  }

  private text() {
    const digits = this.digits;
    const value = this.value ?? 0;
    return digits ? String(value).padStart(digits, '0') : value.toLocaleString();
  }

  private show() {
    const known = this.value !== null;
    // Nothing to show in its place: better no element than an empty one.
    const hides = !known && !this.textContent?.trim();
    if (hides !== this.hides) this.hidden = this.hides = hides;
    this.fallback.hidden = known;
    this.number.style.setProperty('--digits', String(this.digits));
    this.caption.hidden = this.number.hidden = !known;
    this.caption.textContent = this.getAttribute('label') ?? '';
    if (!this.caption.textContent) this.caption.hidden = true;
    if (!known) {
      this.status.textContent = '';
      return;
    }
    this.roll(this.text());
    this.announce();
  }

  // Keeps the columns it has, from the right, so that a digit rolls from what it was to what it is.
  private roll(text: string) {
    const columns = [...this.number.children] as HTMLElement[];
    const characters = [...text];
    while (columns.length > characters.length) columns.shift()!.remove();
    while (columns.length < characters.length) {
      const column = make('', '');
      this.number.prepend(column);
      columns.unshift(column);
    }
    characters.forEach((character, i) => {
      const column = columns[i]!;
      const isDigit = character >= '0' && character <= '9';
      if (!isDigit) {
        column.className = '';
        column.setAttribute('part', 'separator');
        column.textContent = character;
        return;
      }
      if (column.className !== 'digit') {
        column.className = 'digit';
        column.setAttribute('part', 'digit');
        column.replaceChildren(document.createElement('span'));
      }
      (column.firstChild as HTMLElement).style.setProperty('--digit', character);
    });
    // The first number is there at once; only a change is seen to move.
    requestAnimationFrame(() => requestAnimationFrame(() => this.number.classList.remove('still')));
  }

  private announce() {
    if (this.announcing) return;
    const wait = this.announced_at + announce_s * 1_000 - performance.now();
    const say = () => {
      this.announcing = 0;
      this.announced_at = performance.now();
      const label = this.getAttribute('label');
      this.status.textContent = (label ? label + ': ' : '') + (this.value ?? 0).toLocaleString();
    };
    if (wait <= 0) say();
    else this.announcing = window.setTimeout(say, wait);
  }
}

if (!customElements.get('footfall-counter')) customElements.define('footfall-counter', FootfallCounter);
