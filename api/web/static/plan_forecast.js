// Step 3: the forecast with its bands, against a month and a year before; special days named and adjusted by hand.
import { ask, call, el, facts, fill, number, say, t, tell } from './page.js';
import { chart } from './chart.js';
import { dayNames } from './days.js';
import { beginJob, lastJob, outcome, runningJob, watchJob } from './plan_jobs.js';

export async function forecastStep(place, context) {
  const there = context.plan.files.includes('forecast.csv');
  const tools = el('div', { class: 'row' }, context.frozen ? null : el('button', { type: 'button', class: there ? '' : 'primary', 'data-action': 'forecast', onclick: start }, t(there ? 'forecast.again' : 'forecast.make')));
  const work = el('div', {});
  const picture = el('div', { 'data-forecast': '' });
  fill(place, el('h2', {}, t('forecast.title')), tools, work, context.plan.forecast_stale ? el('p', { class: 'wrong' }, t('forecast.stale')) : null, picture);
  const job = runningJob(context.plan, 'forecast');
  if (job) watch(job);
  else fill(work, outcome(lastJob(context.plan, 'forecast')));
  if (there) await draw(picture, context, null);

  function watch(which) {
    watchJob(work, context, which, { ended: () => context.refresh().catch(tell) });
  }
  async function start() {
    try { watch(await beginJob(context, 'forecast')); } catch (error) { tell(error); }
  }
}

const label = (date) => date.slice(5).replace('-', '/');

async function draw(place, context, day) {
  const month = await call(`${context.url}/forecast`);
  const hours = day ? await call(`${context.url}/forecast?day=${day}`) : null;
  const pick = (n) => draw(place, context, month.days[n].date).catch(tell);
  const adjusted = new Map(month.adjustments.map((one) => [one.date, one]));
  fill(place,
    facts([[t('forecast.total'), number(month.total)], [t('forecast.adjusted'), month.adjustments.length ? number(month.adjustments.length) : '']]),
    chart({ title: t('forecast.chart.day', { month: context.plan.month }), labels: month.labels.map(label), onPick: pick, picked: day ? month.labels.indexOf(day) : null, series: series(month) }),
    el('p', { class: 'hint' }, t('forecast.pick')),
    hours ? [chart({ title: t('forecast.chart.hour', { day }), labels: hours.labels, series: series(hours) }),
      context.frozen ? null : el('div', { class: 'row' }, el('button', { type: 'button', class: 'primary', 'data-action': 'adjust', onclick: () => adjust(place, context, day, month) }, t('forecast.adjust.title', { day })),
        adjusted.has(day) ? el('button', { type: 'button', onclick: () => save(place, context, day, month.adjustments.filter((one) => one.date !== day)) }, t('forecast.adjust.remove')) : null)] : null,
    el('h3', {}, t('forecast.special')), special(month, adjusted, place, context));
}

const series = (told) => [
  { name: t('forecast.band.95'), kind: 'ribbon', colour: 'var(--series)', opacity: 0.13, values: told.calls.map((_, n) => [told.calls_lower_95[n], told.calls_upper_95[n]]) },
  { name: t('forecast.band.80'), kind: 'ribbon', colour: 'var(--series)', opacity: 0.2, values: told.calls.map((_, n) => [told.calls_lower_80[n], told.calls_upper_80[n]]) },
  { name: t('forecast.year_before'), kind: 'line', colour: 'var(--series-3)', dashed: true, faint: true, values: told.year_before },
  { name: t('forecast.month_before'), kind: 'line', colour: 'var(--series-2)', dashed: true, faint: true, values: told.month_before },
  { name: t('forecast.calls'), kind: 'line', colour: 'var(--series)', values: told.calls }];

function special(month, adjusted, place, context) {
  const rows = month.days.map((one, n) => [one, n]).filter(([one]) => one.names.length || one.make_up || adjusted.has(one.date));
  if (!rows.length) return el('p', { class: 'hint' }, t('forecast.special.none'));
  return el('div', { class: 'table-holder', tabindex: 0, role: 'region', 'aria-label': t('forecast.special') }, el('table', {},
    el('thead', {}, el('tr', {}, ['forecast.day', 'forecast.name', 'forecast.calls', 'forecast.adjust', 'why'].map((key) => el('th', { scope: 'col' }, t(key))))),
    el('tbody', {}, rows.map(([one, n]) => {
      const change = adjusted.get(one.date);
      return el('tr', {}, el('th', { scope: 'row' }, one.date), el('td', {}, el('span', { class: `tag ${one.kind === 'holiday' ? 'holiday' : one.names.length ? 'observance' : ''}` }, dayNames(one).join(' · ') || t('day.' + one.kind))), el('td', { class: 'number' }, number(month.calls[n])),
        el('td', {}, context.frozen ? null : el('button', { type: 'button', onclick: () => adjust(place, context, one.date, month) }, change ? `${change.factor >= 1 ? '+' : ''}${number((change.factor - 1) * 100, 1)} %` : t('forecast.adjust'))), el('td', {}, change?.reason || ''));
    }))));
}

async function adjust(place, context, day, month) {
  const before = month.adjustments.find((one) => one.date === day);
  const answer = await ask(t('forecast.adjust.title', { day }), [
    el('label', {}, t('forecast.adjust.percent'), el('input', { name: 'percent', type: 'number', step: 'any', min: -100, max: 900, required: true, value: before ? Math.round((before.factor - 1) * 1000) / 10 : '' })),
    el('label', {}, t('why'), el('input', { name: 'reason', required: true, maxlength: 200, value: before?.reason || '' }))]);
  if (answer) await save(place, context, day, [...month.adjustments.filter((one) => one.date !== day), { date: day, factor: 1 + Number(answer.percent) / 100, reason: answer.reason }]);
}

async function save(place, context, day, adjustments) {
  try {
    await call(`${context.url}/adjustments`, { method: 'PUT', body: adjustments });
    say(t('forecast.adjusted'));
    await context.refresh(false);
    await draw(place, context, day);
  } catch (error) { tell(error); }
}
