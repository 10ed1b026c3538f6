// Step 2: the whole past on one line, what is missing or odd in it, and what to do about that.
import { ask, call, el, fill, number, say, saidOf, scrolled, t, tell } from './page.js';
import { chart } from './chart.js';
import { span } from './days.js';

const SHOWN = 200;
const FIXABLE = ['gap', 'false_zero', 'outage', 'spike', 'duplicated_day', 'duplicated_hours'];
const SET_ASIDE = ['false_zero', 'outage', 'spike']; // what one press may set aside

export async function historyStep(place, context) {
  const told = await call(`${context.url}/history`);
  const odd = new Map();
  told.findings.forEach((one) => odd.set(one.start_at.slice(0, 10), one));
  fill(place, el('h2', {}, t('history.title')),
    chart({
      title: t('history.chart'), labels: told.days.date, height: 260,
      series: [
        { name: t('history.calls'), kind: 'line', values: told.days.calls },
        { name: t('history.findings'), kind: 'dot', colour: 'var(--high)', values: told.days.date.map((day, n) => (odd.has(day) ? told.days.calls[n] ?? 0 : null)) }],
    }),
    el('h3', {}, `${t('history.findings')} · ${number(told.findings.length)}`),
    told.findings.length && !context.frozen ? all(told, context) : null,
    told.findings.length ? table(told, context) : el('p', { class: 'hint' }, t('history.none')));
}

/** Every spike and every false zero set aside by one press, and everything back by another. */
function all(told, context) {
  const open = told.findings.filter((one) => SET_ASIDE.includes(one.kind) && !one.certain && !told.treatments.some((other) => same(one, other)));
  return el('div', { class: 'row' },
    open.length ? el('button', { type: 'button', 'data-action': 'set-aside', onclick: () => put([...told.treatments, ...open.map((one) => ({ ...only(one), treat: 'missing', value: null, reason: t('finding.' + one.kind) }))], context) }, t('finding.all', { n: number(open.length) })) : null,
    told.treatments.length ? el('button', { type: 'button', 'data-action': 'undo-all', onclick: () => put([], context) }, t('finding.none', { n: number(told.treatments.length) })) : null);
}

const only = ({ start_at, end_at }) => ({ start_at, end_at });

async function put(treatments, context) {
  try {
    await call(`${context.url}/treatments`, { method: 'PUT', body: treatments.map(({ start_at, end_at, treat, value, reason }) => ({ start_at, end_at, treat, value, reason })) });
    say(t('finding.saved'));
    await context.refresh();
  } catch (error) { tell(error); }
}

function table(told, context) {
  const rows = told.findings.slice(0, SHOWN).map((one) => {
    const chosen = told.treatments.find((other) => same(one, other));
    const select = el('select', { 'aria-label': t('finding.do'), disabled: context.frozen, onchange: () => treat(one, select, told, context) },
      ['keep', 'missing', 'value'].map((what) => el('option', { value: what, selected: what === treatmentOf(one, told) }, what === 'value' && chosen?.treat === 'value' ? number(chosen.value) : t(what === 'keep' && one.kind === 'gap' ? 'finding.missing' : 'finding.' + what))).filter((_, n) => !(one.kind === 'gap' && n === 1)));
    return el('tr', { 'data-finding': one.kind }, el('td', {}, el('span', { class: 'tag' }, t('finding.' + one.kind))), el('td', {}, span(one.start_at, one.end_at)), el('td', { class: 'number' }, number(one.calls)), el('td', { class: 'number' }, number(one.usual)),
      el('td', {}, FIXABLE.includes(one.kind) ? select : el('span', { class: 'hint small' }, saidOf(one, 'says'))));
  });
  return [scrolled(t('history.findings'), el('table', {},
    el('thead', {}, el('tr', {}, ['finding.kind', 'finding.when', 'finding.calls', 'finding.usual', 'finding.do'].map((key) => el('th', { scope: 'col', class: key === 'finding.calls' || key === 'finding.usual' ? 'number' : '' }, t(key))))), el('tbody', {}, rows))),
  told.findings.length > SHOWN ? el('p', { class: 'hint' }, t('finding.more', { n: told.findings.length - SHOWN })) : null];
}

/** What a forecast does with a finding when nobody says anything: what is certain it leaves out. */
const usually = (one) => (one.certain ? 'missing' : 'keep');
/** What is done with a finding: what the planner said, else what is usual. */
const treatmentOf = (one, told) => told.treatments.find((other) => same(one, other))?.treat ?? usually(one);
/** The same stretch, whichever zone its instants are written in. */
const same = (a, b) => Date.parse(a.start_at) === Date.parse(b.start_at) && Date.parse(a.end_at) === Date.parse(b.end_at);

async function treat(one, select, told, context) {
  let value = null;
  if (select.value === 'value') {
    const answer = await ask(t('finding.value'), el('label', {}, t('finding.value.ask'), el('input', { name: 'value', type: 'number', min: 0, step: 'any', required: true, value: one.usual ?? '' })));
    if (!answer) { select.value = treatmentOf(one, told); return; }
    value = Number(answer.value);
  }
  const rest = told.treatments.filter((other) => !same(one, other));
  const wanted = select.value === usually(one) ? rest : [...rest, { start_at: one.start_at, end_at: one.end_at, treat: select.value, value, reason: t('finding.' + one.kind) }];
  await put(wanted, context);
}
