// How an uploaded file was read: its columns and what each was taken for, to be changed by a click; and what is wrong in it.
import { el, language, number, scrolled, t } from './page.js';

/** One table of a file as it was understood. `again(columns)` reads it with other meanings; null where nothing may change. */
export function readingShown(reading, choices, again) {
  const words = (said) => said[language()];
  const chosen = reading.columns.map((one) => (one.across ? '' : one.role));
  const button = el('button', { type: 'button', class: 'primary', hidden: true, 'data-action': 'read-again', onclick: () => again(told()) }, t('ask.again'));
  const told = () => meanings(reading.columns.map((one, n) => [chosen[n], one.heading]));
  const depth = Math.max(0, ...reading.columns.map((one) => one.examples.length));
  return el('details', { class: 'reading', open: true, 'data-reading': reading.sheet }, el('summary', {}, t('reading.title'), reading.sheet ? ` · ${reading.sheet}` : ''),
    el('div', { class: 'asked' }, el('p', { class: 'hint small' }, [reading.heading_row ? t('reading.heading', { row: reading.heading_row }) : t('reading.no-heading'), words(reading.shape), ...reading.evidence.map(words)].join(' · ')),
    scrolled(t('reading.title'), el('table', {},
      el('thead', {}, el('tr', {}, reading.columns.map((one) => el('th', { scope: 'col' }, one.heading))),
        el('tr', {}, reading.columns.map((one, n) => el('td', { class: one.role ? '' : 'unused' }, meaning(one, n))))),
      el('tbody', {}, Array.from({ length: depth }, (_, row) => el('tr', {}, reading.columns.map((one) => el('td', {}, one.examples[row] || ''))))))),
    reading.more_columns ? el('p', { class: 'hint small' }, t('reading.more', { n: number(reading.more_columns) })) : null,
    button,
    reading.first.length ? first(reading.first) : null));

  function meaning(one, n) {
    if (one.across || !again) return words(one.meaning);
    const known = choices.map((choice) => [choice.name, choice[language()]]);
    const options = known.some(([name]) => name === one.role) || !one.role ? known : [[one.role, words(one.meaning)], ...known];
    return el('select', { 'aria-label': t('reading.column', { heading: one.heading }), onchange: (event) => { chosen[n] = event.target.value; button.hidden = false; } },
      [['', t('ask.unused')], ...options].map(([value, label]) => el('option', { value, selected: value === one.role }, label)));
  }
}

/** What columns are, of pairs of a meaning and a heading: a meaning that stands twice has both headings (a column a queue). */
export function meanings(pairs) {
  const found = {};
  for (const [name, heading] of pairs.filter(([name]) => name)) found[name] = name in found ? [found[name], heading].flat() : heading;
  return found;
}

function first(intervals) {
  const names = [...new Set(intervals.flatMap((one) => Object.keys(one.values)))];
  return [el('h4', {}, t('reading.first')), scrolled(t('reading.first'), el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('reading.start')), names.map((name) => el('th', { scope: 'col', class: 'number' }, t('column.' + name))))),
    el('tbody', {}, intervals.map((one) => el('tr', {}, el('td', {}, [one.queue, one.start_at.slice(0, 16)].filter(Boolean).join(' ')), names.map((name) => el('td', { class: 'number' }, number(one.values[name]))))))))];
}

/** Every fault of a refused file: where it stands, what stands there, what is wrong and the way out. */
export function faultsTable(faults) {
  return el('div', { class: 'asked' }, el('h4', {}, t('faults.title', { n: number(faults.length) })), scrolled(t('faults.wrong'), el('table', { 'data-faults': faults.length },
    el('thead', {}, el('tr', {}, [...(faults[0].file ? ['file'] : []), 'row', 'column', 'value', 'wrong'].map((name) => el('th', { scope: 'col' }, t('faults.' + name))))),
    el('tbody', {}, faults.map((one) => el('tr', {}, one.file ? el('td', {}, one.file) : null, el('td', { class: 'number' }, one.row ?? ''), el('td', {}, one.column ?? ''), el('td', {}, one.value ?? ''), el('td', { class: 'says' }, one[language()])))))));
}
