// Step 3: the forecast with its bands, against a month and a year before; what makes its days special, and days changed by hand.
import { aside, ask, call, el, facts, fileButton, fill, language, number, say, scrolled, t, tell } from './page.js';
import { chart, withValues } from './chart.js';
import { change, dayLabel, dayNames, effectName, monthDay, span } from './days.js';
import { ownDays, setEffect } from './plan_days.js';
import { beginJob, lastJob, outcome, runningJob, watchJob } from './plan_jobs.js';

export async function forecastStep(place, context) {
  const there = context.plan.files.includes('forecast.csv');
  const stale = there && context.plan.forecast_stale;
  const tools = el('div', { class: 'row' }, context.frozen ? null : el('button', { type: 'button', class: there && !stale ? '' : 'primary', 'data-action': 'forecast', onclick: start }, t(there ? 'forecast.again' : 'forecast.make')),
    there ? null : el('span', { class: 'hint' }, t('forecast.about')));
  const work = el('div', {});
  const picture = el('div', { 'data-forecast': '' });
  const own = el('div', { 'data-own-days': '' });
  fill(place, el('h2', {}, t('forecast.title')), tools, work, stale ? el('p', { class: 'wrong', 'data-stale': '' }, t('forecast.stale')) : null, picture, own);
  const job = runningJob(context.plan, 'forecast');
  if (job) watch(job);
  else fill(work, outcome(lastJob(context.plan, 'forecast')));
  await Promise.all([there ? draw(picture, context, null) : null, ownDays(own, context)]);

  function watch(which) {
    tools.hidden = true; // there is one already
    watchJob(work, context, which, { ended: () => context.refresh().catch(tell) });
  }
  async function start() {
    try { watch(await beginJob(context, 'forecast')); } catch (error) { tell(error); }
  }
}

async function draw(place, context, day) {
  const [month, hours] = await Promise.all([call(`${context.url}/forecast`), day ? call(`${context.url}/forecast?day=${day}`) : null]);
  const adjusted = new Map(month.adjustments.filter((one) => one.date).map((one) => [one.date, one]));
  const pick = (n) => draw(place, context, month.days[n].date).catch(tell);
  const bands = month.calls_lower_80.some((value) => value !== null); // a forecast kept from before days had bands of their own
  fill(place, head(month), month.notes.length ? el('ul', { class: 'hint small notes', 'data-notes': '' }, month.notes.map((one) => el('li', {}, one[language()]))) : null, bands ? null : el('p', { class: 'hint', 'data-no-bands': '' }, t('forecast.no-day-bands')),
    chart({ title: t('forecast.chart.day', { month: context.plan.period[language()] }), labels: month.labels.map(monthDay), shade: month.days.map((one) => (one.kind === 'workday' ? null : one.kind)),
      notes: month.days.map((one) => [dayLabel(one.date), ...dayNames(one)].join(' · ')), onPick: pick, picked: day ? month.labels.indexOf(day) : null, series: series(month) }),
    el('p', { class: 'hint' }, t('forecast.pick')),
    hours ? near(place, context, { day, month, hours, adjusted }) : null,
    el('h3', {}, t('forecast.special')), special(month, adjusted, place, context), stretches(month, context), learned(month, context));
}

function head(month) {
  const most = month.calls.indexOf(Math.max(...month.calls));
  const year = month.year_before.every((value) => value !== null) ? month.year_before.reduce((sum, value) => sum + value, 0) : null;
  return facts([[t('forecast.total'), number(month.total)], [t('forecast.mean'), number(month.total / month.calls.length)],
    [t('forecast.busiest'), `${number(month.calls[most])} · ${dayLabel(month.days[most].date)}`], [t('forecast.against.year'), year ? change(month.total / year) : ''],
    [t('forecast.adjusted'), month.adjustments.length ? number(month.adjustments.length) : '']]);
}

/** One day closely: its hours, what makes it what it is, and the planner's own judgement. */
function near(place, context, { day, month, hours, adjusted }) {
  return el('section', { class: 'near', 'data-day': day, 'aria-label': day },
    chart({ title: t('forecast.chart.hour', { day: `${day} ${dayLabel(day).slice(6)}` }), labels: hours.labels, series: series(hours) }),
    reasons(month.reasons[day], adjusted.get(day), month.calls[month.labels.indexOf(day)]),
    context.frozen ? null : el('div', { class: 'row' }, el('button', { type: 'button', class: 'primary', 'data-action': 'adjust', onclick: () => adjust(place, context, day, month) }, t('forecast.adjust.title', { day })),
      adjusted.has(day) ? el('button', { type: 'button', 'data-action': 'unadjust', onclick: () => save(place, context, day, month.adjustments.filter((one) => one.date !== day)) }, t('forecast.adjust.remove')) : null));
}

/** A day's number as a product: an ordinary day, times what each effect makes of it. */
function reasons(told, hand, calls) {
  if (!told) return null;
  const factors = [...told.factors].sort((a, b) => Math.abs(Math.log(b.factor)) - Math.abs(Math.log(a.factor)));
  const own = hand ? [{ ...hand, zh: t('forecast.adjusted'), en: t('forecast.adjusted'), special: true }] : [];
  const most = Math.max(0.05, ...[...factors, ...own].map((one) => Math.abs(one.factor - 1)));
  return el('div', { class: 'reasons', 'data-reasons': '' }, el('h4', {}, t('forecast.reasons')),
    el('p', { class: 'reason' }, el('span', {}, t('forecast.level')), el('b', {}, number(told.level))),
    [...factors, ...own].map((one) => el('p', { class: 'reason', 'data-special': one.special },
      el('span', {}, effectName(one)), el('b', {}, change(one.factor)), el('i', { class: one.factor < 1 ? 'less' : 'more', 'aria-hidden': 'true', style: { '--share': Math.min(1, Math.abs(one.factor - 1) / most).toFixed(3) } }))),
    el('p', { class: 'reason whole' }, el('span', {}, t('forecast.calls')), el('b', {}, number(calls))));
}

const series = (told) => withValues([
  { name: t('forecast.band.95'), kind: 'ribbon', colour: 'var(--series)', opacity: 0.13, values: told.calls.map((_, n) => [told.calls_lower_95[n], told.calls_upper_95[n]]) },
  { name: t('forecast.band.80'), kind: 'ribbon', colour: 'var(--series)', opacity: 0.26, values: told.calls.map((_, n) => [told.calls_lower_80[n], told.calls_upper_80[n]]) },
  { name: t('forecast.year_before'), kind: 'line', colour: 'var(--series-3)', dashed: 'dots', faint: true, values: told.year_before },
  { name: t('forecast.month_before'), kind: 'line', colour: 'var(--series-2)', dashed: true, faint: true, values: told.month_before },
  { name: t('forecast.calls'), kind: 'line', colour: 'var(--series)', values: told.calls }]);

const specialFactors = (month, date) => (month.reasons[date]?.factors || []).filter((one) => one.special);
const SEEN = 0.02; // an effect below this makes no day special by itself

function special(month, adjusted, place, context) {
  const rows = month.days.map((one, n) => [one, n]).filter(([one]) => one.names.length || one.make_up || adjusted.has(one.date) || specialFactors(month, one.date).some((effect) => Math.abs(effect.factor - 1) >= SEEN));
  if (!rows.length) return el('p', { class: 'hint' }, t('forecast.special.none'));
  const column = (key, kind = '') => el('th', { scope: 'col', class: kind }, t(key));
  return scrolled(t('forecast.special'), el('table', { 'data-special': '' },
    el('thead', {}, el('tr', {}, column('forecast.day'), column('forecast.name'), column('forecast.effect'), column('forecast.calls', 'number'), column('forecast.year_before', 'number'), column('forecast.adjust'), column('why'))),
    el('tbody', {}, rows.map(([one, n]) => {
      const hand = adjusted.get(one.date);
      return el('tr', { 'data-day': one.date }, el('th', { scope: 'row' }, dayLabel(one.date)),
        el('td', {}, one.kind === 'workday' && !one.names.length && !one.make_up ? '' : el('span', { class: `tag ${one.kind === 'holiday' ? 'holiday' : one.names.length ? 'observance' : ''}` }, dayNames(one).join(' · ') || t('day.' + one.kind))),
        el('td', { class: 'small' }, specialFactors(month, one.date).map((effect) => `${effectName(effect)} ${change(effect.factor)}`).join(' · ')),
        el('td', { class: 'number' }, number(month.calls[n])), el('td', { class: 'number' }, number(month.year_before[n])),
        el('td', {}, context.frozen ? (hand ? change(hand.factor) : '') : el('button', { type: 'button', 'data-adjust': one.date, onclick: () => adjust(place, context, one.date, month) }, hand ? change(hand.factor) : t('forecast.adjust'))),
        el('td', {}, hand ? `${hand.reason}${hand.actor ? aside(hand.actor) : ''}` : ''));
    }))));
}

/** What was changed by hand for less or more than one day, and the file that holds every change. */
function stretches(month, context) {
  const parts = month.adjustments.filter((one) => !one.date);
  return [parts.length ? el('ul', { 'data-stretches': '' }, parts.map((one) => el('li', {}, `${span(one.start_at, one.end_at)} ${change(one.factor)} · ${one.reason}${one.actor ? aside(one.actor) : ''}`))) : null,
    context.frozen ? null : el('div', { class: 'row' }, fileButton(t('forecast.adjust.file'), { kind: 'overrides', accept: '.csv,.xlsx', path: `${context.url}/files/overrides`, done: () => { say(t('forecast.adjust.saved')); return context.refresh(); } }))];
}

function learned(month, context) {
  if (!month.learned.length) return null;
  return el('details', { 'data-learned': '' }, el('summary', {}, t('forecast.learned')), el('p', { class: 'hint small' }, t('forecast.learned.about')), scrolled(t('forecast.learned'), el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('forecast.name')), el('th', { scope: 'col', class: 'number' }, t('forecast.effect')), el('th', { scope: 'col', class: 'number' }, t('forecast.sure')), el('th', {}, el('span', { class: 'unseen' }, t('days.effect.set'))))),
    el('tbody', {}, month.learned.map((one) => el('tr', {}, el('th', { scope: 'row' }, effectName(one)), el('td', { class: 'number' }, change(one.factor)), el('td', { class: 'number soft' }, `${change(one.lower_95)} – ${change(one.upper_95)}`),
      el('td', {}, context.frozen ? null : el('button', { type: 'button', class: 'quiet', 'data-action': 'set-effect', 'aria-label': `${t('days.effect.set')} ${effectName(one)}`, onclick: () => setEffect(one, effectName(one), context) }, t('days.effect.set')))))))));
}

async function adjust(place, context, day, month) {
  const before = month.adjustments.find((one) => one.date === day);
  const answer = await ask(t('forecast.adjust.title', { day: dayLabel(day) }), [
    el('label', {}, t('forecast.adjust.percent'), el('input', { name: 'percent', type: 'number', step: 'any', min: -100, max: 900, required: true, value: before ? Math.round((before.factor - 1) * 1000) / 10 : '' })),
    el('label', {}, t('why'), el('input', { name: 'reason', required: true, maxlength: 200, pattern: '.*\\S.*', value: before?.reason || '' }))]);
  if (answer) await save(place, context, day, [...month.adjustments.filter((one) => one.date !== day), { date: day, factor: 1 + Number(answer.percent) / 100, reason: answer.reason }]);
}

async function save(place, context, day, adjustments) {
  try {
    await call(`${context.url}/adjustments`, { method: 'PUT', body: adjustments.map(({ date, start_at, end_at, factor, reason }) => (date ? { date, factor, reason } : { start_at, end_at, factor, reason })) });
    say(t('forecast.adjust.saved'));
    await context.refresh(false);
    await draw(place, context, day);
  } catch (error) { tell(error); }
}
