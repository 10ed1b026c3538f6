// What every page needs: words, elements, the switches in the head, the key, and calls to the server.
import { WORDS } from './words.js';

export const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');

/** What a site may name itself is called: by its words, or where it has none as it is. */
export const nameOf = (kind, name) => (WORDS[`${kind}.${name}`] ? t(`${kind}.${name}`) : name);

/** A name as it stands within a sentence: Mobile experts → mobile experts; QA as it is. */
export const within = (name) => (/^[A-Z][a-z]/.test(name) ? name[0].toLowerCase() + name.slice(1) : name);

/** The words for `key` in the page's language; {name} is replaced from `values`. */
export function t(key, values = {}) {
  const pair = WORDS[key];
  const text = pair ? pair[language() === 'zh' ? 0 : 1] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** A number that a reader can take in: 12,345 or 12,345.6. */
export const number = (value, digits = 0) =>
  value === null || value === undefined || Number.isNaN(value)
    ? '–'
    : (Math.abs(value) < 0.5 / 10 ** digits ? 0 : value).toLocaleString(language() === 'zh' ? 'zh-Hans' : 'en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const percent = (share, digits = 1) => (share === null || share === undefined ? '–' : `${number(share * 100, digits)}${percentSign()}`);

/** A sign of its own width in Chinese, set apart in English. */
export const percentSign = () => (language() === 'zh' ? '%' : ' %');

/** Signs that the page sets between words: full-width ones in Chinese. */
export const colon = () => (language() === 'zh' ? '：' : ': ');
export const aside = (text) => (language() === 'zh' ? `（${text}）` : ` (${text})`);
export const listed = (words) => words.join(language() === 'zh' ? '、' : ', ');

/** What there is of children, some of which may be lists or nothing. */
const present = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** An element: attributes (on… are listeners, data-… and aria-… as written), then children. */
export function el(tag, attributes = {}, ...children) {
  const space = ['svg', 'g', 'path', 'line', 'rect', 'circle', 'text', 'defs', 'linearGradient', 'stop', 'pattern', 'polyline', 'title'];
  const node = space.includes(tag) && (tag !== 'title' || attributes.svg)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false || name === 'svg') continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'style' && typeof value === 'object') Object.entries(value).forEach(([k, v]) => node.style.setProperty(k, v));
    else if (name === 'value' || name === 'checked') node[name] = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...present(children));
  return node;
}

/** A list of facts: [label, value, good|bad, what it means]. */
export const facts = (list) => el('dl', { class: 'facts-list' }, list.filter(([, value]) => value !== undefined && value !== null && value !== '').map(([label, value, mood, means]) =>
  el('div', { class: mood || '', title: means }, el('dt', {}, label), el('dd', {}, value))));

/** A table in a frame of its own to scroll in, called `name`. */
export const scrolled = (name, table) => el('div', { class: 'table-holder', tabindex: 0, role: 'region', 'aria-label': name }, table);

/** What the server says of `one` in both languages: its `name`, in Chinese `name`_zh. */
export const saidOf = (one, name) => (language() === 'zh' && one[`${name}_zh`]) || one[name];

export const find = (selector, within = document) => within.querySelector(selector);

/**
 * Give `region` these children. What looks the same stays where it is, so that a tap or a focus never loses its target
 * to a redraw; a control that had the focus and was replaced hands it to its successor by data-key.
 */
export function fill(region, ...children) {
  const wanted = present(children).map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
  const key = region.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  wanted.forEach((child, n) => {
    const held = region.childNodes[n];
    if (!held) region.append(child);
    else if (!held.isEqualNode(child)) held.replaceWith(child);
  });
  while (region.childNodes.length > wanted.length) region.lastChild.remove();
  if (key && document.activeElement?.dataset.key !== key) find(`[data-key="${CSS.escape(key)}"]`, region)?.focus({ preventScroll: true });
}

/**
 * Keep what was typed, chosen and opened in `region`; the function returned puts it into what was drawn there meanwhile.
 * Fields are known by name and place; one whose value had been changed says so again to whoever listens.
 */
export function keepTyped(region) {
  const fields = () => {
    const seen = {};
    return [...region.querySelectorAll('input, select, textarea, details')].map((field) => {
      const name = `${field.tagName} ${field.name ?? ''} ${field.type === 'radio' || field.type === 'checkbox' ? field.value : ''}`;
      seen[name] = (seen[name] ?? 0) + 1;
      return [`${name} ${seen[name]}`, field];
    });
  };
  const kept = new Map(fields());
  return () => fields().forEach(([name, field]) => {
    const old = kept.get(name);
    if (!old || old === field) return;
    if (field.tagName === 'DETAILS') field.open = old.open;
    else if (field.type === 'file') { if (old.files.length) field.files = old.files; }
    else if (field.type === 'radio' || field.type === 'checkbox') field.checked = old.checked;
    else if (field.value !== old.value) {
      field.value = old.value;
      field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input'));
    }
  });
}

export const recall = (name) => { try { return localStorage.getItem('huawu.' + name); } catch { return null; } };
export function remember(name, value) {
  try { value === null ? localStorage.removeItem('huawu.' + name) : localStorage.setItem('huawu.' + name, value); } catch { /* a private window keeps nothing */ }
}

/** The words of the static part of the page: data-t names the words of an element, data-t-label its aria-label. */
function translate(within = document) {
  within.querySelectorAll('[data-t]').forEach((node) => { node.textContent = t(node.dataset.t); });
  within.querySelectorAll('[data-t-label]').forEach((node) => {
    node.setAttribute('aria-label', t(node.dataset.tLabel));
    node.title = t(node.dataset.tLabel);
  });
  if (document.body.dataset.title) document.title = t(document.body.dataset.title);
}

/** Wire the language, theme and key buttons; `redraw` is called when the words change. */
export function head(redraw) {
  find('#language')?.addEventListener('click', () => {
    const next = language() === 'zh' ? 'en' : 'zh';
    remember('lang', next);
    document.documentElement.lang = next === 'zh' ? 'zh-Hans' : 'en';
    dropFromAddress('lang');
    translate();
    redraw();
  });
  find('#theme')?.addEventListener('click', () => {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    remember('theme', root.dataset.theme);
    dropFromAddress('theme'); // every colour is a variable: nothing is drawn anew, nothing typed is lost
  });
  find('#key')?.addEventListener('click', () => askForKey());
  translate();
}

function dropFromAddress(name) {
  const address = new URL(location.href);
  if (!address.searchParams.has(name)) return;
  address.searchParams.delete(name);
  history.replaceState(null, '', address);
}

/** What the server refused, in its own words, which it has in both languages. */
export class Refused extends Error {
  constructor(status, problem) {
    super((language() === 'zh' && problem.detail_zh) || problem.detail || problem.title || String(status));
    this.status = status;
    this.problem = problem;
  }
}

export const credentials = () => {
  const key = recall('key');
  return key ? { Authorization: `Bearer ${key}` } : {};
};

/** Call the server; the parsed answer, or `Refused`. A body that is not FormData goes as JSON. */
export async function call(path, { method = 'GET', body, headers = {}, signal } = {}) {
  const form = body instanceof FormData;
  const response = await fetch(path, {
    method,
    signal,
    cache: 'no-store',
    headers: { Accept: 'application/json', ...credentials(), ...(body && !form ? { 'Content-Type': 'application/json' } : {}), ...headers },
    body: body === undefined || form ? body : JSON.stringify(body),
  });
  if (response.status === 401) askForKey(true);
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({ title: response.statusText })));
  return response.status === 204 ? null : response.json();
}

/** A dialog built from `content`; resolves with the form's values, or null when dismissed. */
export function ask(title, content, { confirm = t('confirm'), danger = false } = {}) {
  return new Promise((resolve) => {
    const form = el('form', { method: 'dialog' },
      el('h2', { id: 'dialog-title' }, title), content,
      el('div', { class: 'row end' },
        el('button', { type: 'button', class: 'quiet', onclick: () => dialog.close('') }, t('cancel')),
        el('button', { type: 'submit', class: danger ? 'danger' : 'primary', value: 'ok' }, confirm)));
    const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'ok' ? Object.fromEntries(new FormData(form)) : null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A button that sends the file chosen at it to `path` as `kind`, then calls `done`. */
export function fileButton(words, { kind, accept, path, done, refused = tell }) {
  const file = el('input', { type: 'file', accept, 'data-file': kind, 'aria-label': words, onchange: () => file.files[0] && take(file.files[0]) });
  async function take(chosen) {
    const form = new FormData();
    form.append('file', chosen);
    try {
      await call(path, { method: 'PUT', body: form });
      await done();
    } catch (error) { refused(error); }
  }
  return el('span', { class: 'button file' }, words, file);
}

let asking = false;

/** Ask for the access key this browser shall use, and start again with it. */
export async function askForKey(needed = false) {
  if (asking) return;
  asking = true;
  const answer = await ask(t('key.title'),
    [el('p', {}, needed ? t('key.needed') : t('key.about')),
      el('label', {}, t('key.label'), el('input', { name: 'key', type: 'password', autocomplete: 'off', value: recall('key') || '' }))]);
  asking = false;
  if (answer === null) return;
  remember('key', answer.key.trim() || null);
  location.reload();
}

let told;
/** Say something at the foot of the page: `kind` is good or bad. */
export function say(text, kind = 'good') {
  const place = find('#said');
  place.textContent = text;
  place.dataset.kind = kind;
  place.hidden = false;
  clearTimeout(told);
  told = setTimeout(() => { place.hidden = true; }, kind === 'bad' ? 12000 : 5000);
}

/** Say what went wrong, on the screen and for a screen reader. */
export function tell(error) {
  if (error?.name === 'AbortError') return;
  say(error instanceof Refused ? error.message : t('error.server'), 'bad');
  if (!(error instanceof Refused)) console.error(error);
}
