// Step 6: publish, which freezes; the Five Tables with their charts; everything to take away.
import { ask, call, el, facts, fill, find, language, number, percent, say, scrolled, t, tell } from './page.js';
import { chart, withValues } from './chart.js';
import { dayLabel, monthDay, stamp } from './days.js';
import { take } from './downloads.js';
import { breaches } from './breaches.js';
import { called } from './plan_heads.js';
import { named } from './shift_codes.js';
import { WORDS } from './words.js';

const MOST_CELLS = 300; // shown of those that differ

export async function publishStep(place, context) {
  const { plan } = context;
  const tables = el('div', {});
  const changes = el('div', { 'data-part': 'supersedes' });
  fill(place, el('h2', {}, t('publish.title')),
    plan.published_at ? el('p', { class: plan.superseded ? 'verdict waiting' : 'verdict', 'data-published': '' }, publishedAs({ number: numberOf(plan.version), published_at: plan.published_at, published_by: plan.published_by }, context), plan.superseded ? ` · ${t('plan.superseded.about')}` : null)
      : el('div', { class: 'row' }, el('button', { type: 'button', class: 'primary', 'data-action': 'publish', onclick: () => publish(context) }, t('publish.do')), el('span', { class: 'hint' }, t('publish.about'))),
    changes,
    el('h3', {}, t('download')), downloads(context), tables);
  if (!plan.published_at) supersedes(context).then((told) => fill(changes, told && [el('h3', {}, t('publish.supersedes')), differences(told, context)]), tell);
  fill(tables, el('p', { class: 'hint', role: 'status' }, t('loading')));
  const told = await call(`${context.url}/tables?lang=${language()}`);
  fill(tables, el('nav', { class: 'row jump', 'aria-label': t('tables.jump') }, told.map((one) => el('button', { type: 'button', class: 'quiet', onclick: () => find(`[data-table="${one.number}"]`).scrollIntoView({ behavior: 'smooth' }) }, one.title))), told.map(table));
}

const numberOf = (version) => (version ? Number(version.split('/v').pop()) : '');
const publishedAs = (version, context) => t('publish.version', { n: version.number, at: stamp(version.published_at, context.plan.history?.timezone), who: version.published_by });

/** What stands published of this month and would be superseded; null where nothing is. */
const supersedes = async (context) => { const told = await call(`${context.url}/supersedes`); return told.version && told; };

/** What publishing this plan would change of the version that counts now. */
function differences(told, context) {
  const people = new Set(told.cells.map((one) => one.badge)).size;
  const changed = Object.entries(told.sums).filter(([, [before, after]]) => before !== after);
  return el('div', { 'data-supersedes': told.version.number }, el('p', {}, t('publish.over', { version: publishedAs(told.version, context) })),
    told.cells.length || changed.length ? facts([[t('publish.cells'), told.cells.length ? t('publish.cells.told', { n: number(told.cells.length), people: number(people) }) : t('publish.cells.none')],
      ...changed.map(([name, [before, after]]) => [t(`publish.sum.${name}`), `${number(before, 1)} → ${number(after, 1)}`])]) : el('p', { class: 'hint' }, t('publish.same')),
    told.cells.length ? el('details', {}, el('summary', {}, t('publish.cells')), scrolled(t('publish.cells'), el('table', {},
      el('thead', {}, el('tr', {}, ['head.badge', 'tables.date', 'publish.before', 'publish.after'].map((key) => el('th', { scope: 'col' }, t(key))))),
      el('tbody', {}, told.cells.slice(0, MOST_CELLS).map((one) => el('tr', {}, el('th', { scope: 'row' }, one.badge), el('td', {}, dayLabel(one.date)), el('td', {}, named(one.before)), el('td', {}, named(one.after))))))),
    told.cells.length > MOST_CELLS ? el('p', { class: 'hint small' }, t('publish.cells.more', { n: number(told.cells.length - MOST_CELLS) })) : null) : null);
}

async function publish(context) {
  const [{ broken }, over] = await Promise.all([call(`${context.url}/roster`), supersedes(context)]).catch((error) => { tell(error); return [{}]; });
  if (!broken) return;
  const answer = await ask(t('publish.sure', { title: called(context.plan) }), [broken.length ? el('div', { class: 'wrong', 'data-broken': '' }, el('p', {}, t('publish.broken', { n: number(broken.length) })), breaches(broken)) : null, over ? differences(over, context) : null,
    el('label', {}, t('publish.reason'), el('input', { name: 'reason', required: true, maxlength: 200 }))].filter(Boolean), { confirm: t(over ? 'publish.do.over' : 'publish.do'), danger: broken.length > 0 });
  if (!answer) return;
  try {
    await call(`${context.url}/publish`, { method: 'POST', body: { reason: answer.reason } });
    say(t('publish.done'));
    await context.refresh();
  } catch (error) { tell(error); }
}

function downloads(context) {
  const one = (name, words, query = '') => el('button', { type: 'button', 'data-download': name, onclick: () => take(`${context.url}/download/${name}${query}`, name) }, t(words));
  const badge = el('input', { name: 'badge', 'aria-label': t('head.badge'), placeholder: t('head.badge'), style: { width: '8rem' } });
  const paper = el('select', { name: 'paper', 'aria-label': t('download.paper') }, [['A4', 'size=A4'], ['A3', 'size=A3'], ['week', 'by=week']].map(([name, value]) => el('option', { value }, t(`download.paper.${name}`))));
  return el('div', { class: 'row' }, one('five_tables.xlsx', 'download.five', `?lang=${language()}`), one('five_tables.pdf', 'download.five.pdf', `?lang=${language()}`), one('roster.xlsx', 'download.roster.xlsx', `?lang=${language()}`), el('span', { class: 'row' }, el('button', { type: 'button', 'data-download': 'roster.pdf', onclick: () => take(`${context.url}/download/roster.pdf?lang=${language()}&${paper.value}`, 'roster.pdf') }, t('download.roster.pdf')), paper), one('sheets.pdf', 'download.sheets', `?lang=${language()}`), one('roster.csv', 'download.roster.csv'), one('forecast.csv', 'download.forecast.csv'),
    el('span', { class: 'row' }, badge, el('button', { type: 'button', 'data-download': 'ics', onclick: () => calendar(context, badge) }, t('download.ics'))));
}

/** One person's calendar, once it is said whose. */
function calendar(context, field) {
  const badge = field.value.trim();
  if (badge) return take(`${context.url}/download/roster.ics?badge=${encodeURIComponent(badge)}`, `${badge}.ics`);
  say(t('download.ics.badge'), 'bad');
  return field.focus();
}

const CHARTS = {
  1: [['average_seats', 'bar', 'var(--series)']],
  2: [['calls_forecast', 'line', 'var(--series)'], ['calls_bearable', 'step', 'var(--ink)']],
  3: [['calls_offered', 'bar', 'var(--series)'], ['calls_handled', 'line', 'var(--series-2)']],
  4: [['calls_offered', 'bar', 'var(--series)'], ['calls_forecast', 'line', 'var(--series-2)']],
  5: [['calls_handled', 'bar', 'var(--series)'], ['calls_planned', 'line', 'var(--series-2)']],
};

function table(one) {
  const at = (name) => one.columns.findIndex((column) => column.name === name);
  const series = (CHARTS[one.number] || []).filter(([name]) => at(name) >= 0).map(([name, kind, colour]) => ({ name: one.columns[at(name)].head, kind, colour, faint: kind === 'bar', values: one.rows.map((row) => row[at(name)]) }));
  const limits = ['calls_lower_80', 'calls_upper_80'].map(at);
  if (limits.every((place) => place >= 0) && one.rows.some((row) => row[limits[0]] !== null)) series.splice(series.findIndex((line) => line.kind === 'line'), 0, { name: t('forecast.band.80'), kind: 'ribbon', colour: series.find((line) => line.kind === 'line').colour, opacity: 0.25, values: one.rows.map((row) => limits.map((place) => row[place])) });
  const shown = withValues(series);
  return el('section', { class: 'five', 'data-table': one.number }, el('h3', {}, one.title), one.missing.map((text) => el('p', { class: 'hint' }, text)),
    shown.length ? chart({ title: t('tables.chart'), labels: one.dates.map(monthDay), height: 220, series: shown }) : null,
    Object.keys(one.measures).length ? el('p', {}, Object.entries(one.measures).map(([name, value]) => el('span', { class: 'tag' }, `${WORDS['measure.' + name] ? t('measure.' + name) : name} ${value === null ? '–' : Math.abs(value) <= 2 ? percent(value) : number(value, 1)}`))) : null,
    scrolled(one.title, el('table', {},
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('tables.date')), one.columns.map((column) => el('th', { scope: 'col', class: numeric(column) }, column.head)))),
      el('tbody', {}, one.rows.map((row, n) => el('tr', {}, el('th', { scope: 'row' }, one.dates[n].slice(5)), row.map((value, c) => el('td', { class: numeric(one.columns[c]) }, words(value, one.columns[c].kind))))),
        el('tr', { class: 'total' }, el('th', { scope: 'row' }, t('tables.total')), one.total.map((value, c) => el('td', { class: numeric(one.columns[c]) }, words(value, one.columns[c].kind))))))));
}

const numeric = (column) => (column.kind === 'text' || column.kind === 'date' ? '' : 'number');

function words(value, kind) {
  if (value === null) return '';
  if (kind === 'share') return percent(value);
  if (kind === 'text' && WORDS['day.' + value]) return t('day.' + value);
  if (kind === 'flag') return value ? '✓' : '✕';
  if (typeof value !== 'number') return String(value);
  return number(value, kind === 'rate' || kind === 'hours' ? 1 : 0);
}
