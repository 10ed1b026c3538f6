// The plan's own days: bill runs, campaigns, named days and faults that no national calendar knows.
import { change, effectName, span } from './days.js';
import { ask, call, el, fileButton, fill, Refused, say, scrolled, t, tell } from './page.js';
import { templateButton } from './downloads.js';
import { faultsTable } from './plan_reading.js';

const KINDS = ['campaign', 'sms', 'observance', 'fault', 'billing'];

/** What there is, each with a way to take it away, and one button to add. */
export async function ownDays(place, context) {
  const told = await call(`${context.url}/calendar`);
  const save = (tables) => keep(context, tables).catch(tell);
  const without = (kind, n) => save({ ...told, [kind]: told[kind].filter((_, at) => at !== n) });
  const entry = (kind, n, name, when, effect) => el('tr', { 'data-own': kind }, el('td', {}, el('span', { class: 'tag' }, t('days.' + (kind === 'campaign' && told.campaign[n].kind === 'sms' ? 'sms' : kind)))), el('td', {}, name), el('td', {}, when), el('td', {}, effect),
    el('td', {}, context.frozen ? null : el('button', { type: 'button', class: 'quiet', 'aria-label': `${t('days.remove')} ${name}`, onclick: () => without(kind, n) }, t('days.remove'))));
  const rows = [
    ...told.billing_days.map((day, n) => entry('billing_days', n, t('day.billing'), t('days.monthly', { n: day }), t('days.learned'))),
    ...told.campaign.map((one, n) => entry('campaign', n, one.name, t('days.from', { day: one.start, n: one.days }), one.size === undefined || one.size === null ? t('days.learned') : t('days.size', { change: change(1 + one.size, 0) }))),
    ...told.observance.map((one, n) => entry('observance', n, one.name, one.date || (one.first === one.last || !one.last ? one.first : `${one.first} – ${one.last}`), t('days.learned'))),
    ...told.fault.map((one, n) => entry('fault', n, one.name, span(one.start_at, one.end_at), t(one.kept ? 'days.fault.kept' : 'days.fault.effect'))),
    ...(told.effect || []).map((one, n) => entry('effect', n, effectName(told.effect_names[one.name]), '', change(one.factor)))];
  const wrong = el('div', { role: 'alert' });
  const refused = (error) => (error instanceof Refused && error.problem.faults ? fill(wrong, el('p', { class: 'wrong' }, error.message), faultsTable(error.problem.faults)) : tell(error));
  fill(place, el('h3', {}, t('days.title')), el('p', { class: 'hint' }, t('days.about')),
    rows.length ? scrolled(t('days.title'), el('table', {}, el('thead', {}, el('tr', {}, ['finding.kind', 'forecast.name', 'finding.when', 'forecast.effect'].map((key) => el('th', { scope: 'col' }, t(key))), el('th', {}, el('span', { class: 'unseen' }, t('days.remove'))))), el('tbody', {}, rows))) : null,
    context.frozen ? null : el('div', { class: 'row' }, el('button', { type: 'button', 'data-action': 'add-day', onclick: () => add(context, told, save) }, t('days.add')), fileButton(t('days.file'), { kind: 'calendar', accept: '.toml,.csv,.tsv,.txt,.xls,.xlsx,.ods', path: `${context.url}/files/calendar`, done: () => { say(t('days.saved')); return context.refresh(); }, refused }),
      templateButton('calendar')), wrong);
}

/** Keep these as the plan's own days. */
async function keep(context, { billing_days, campaign, observance, fault, effect }) {
  await call(`${context.url}/calendar`, { method: 'PUT', body: { billing_days, campaign, observance, fault, effect: effect || [] } });
  say(t('days.saved'));
  await context.refresh();
}

/** Ask for the factor of an effect that is used in place of the learned one, and keep it with the plan's own days. */
export async function setEffect(one, name, context) {
  const answer = await ask(t('days.effect.title', { name }), el('label', {}, t('days.effect.ask'), el('input', { name: 'percent', type: 'number', step: 'any', min: -99, max: 9900, required: true, value: Math.round((one.factor - 1) * 1000) / 10 })));
  if (!answer) return;
  try {
    const tables = await call(`${context.url}/calendar`);
    const others = (tables.effect || []).filter((other) => other.name !== one.effect);
    await keep(context, { ...tables, effect: [...others, { name: one.effect, factor: 1 + Number(answer.percent) / 100 }] });
  } catch (error) { tell(error); }
}

async function add(context, told, save) {
  const first = context.plan.first_day;
  const kind = el('select', { name: 'kind', onchange: () => show() }, KINDS.map((one) => el('option', { value: one }, t('days.' + one))));
  const fields = el('div', { class: 'progress' });
  const field = (name, words, attributes) => el('label', {}, t(words), el('input', { name, required: true, ...attributes }));
  const show = () => fill(fields, {
    campaign: () => [field('name', 'forecast.name', { maxlength: 80 }), field('start', 'days.first', { type: 'date', value: first }), field('days', 'days.days', { type: 'number', min: 1, max: 366, value: 5 }),
      field('size', 'days.size.ask', { type: 'number', step: 'any', min: -100, max: 10000, required: false })],
    observance: () => [field('name', 'forecast.name', { maxlength: 80 }), field('first', 'days.first', { type: 'date', value: first }), field('last', 'days.last', { type: 'date', value: first })],
    fault: () => [field('name', 'forecast.name', { maxlength: 80 }), field('start_at', 'days.fault.from', { type: 'datetime-local' }), field('end_at', 'days.fault.to', { type: 'datetime-local' })],
    billing: () => [field('day', 'days.billing.ask', { type: 'number', min: 1, max: 31, value: 1 })],
  }[kind.value === 'sms' ? 'campaign' : kind.value]());
  show();
  const given = await ask(t('days.add'), [el('label', {}, t('finding.kind'), kind), fields]);
  if (!given) return;
  const more = structuredClone(told);
  if (given.kind === 'billing') more.billing_days = [...new Set([...told.billing_days, Number(given.day)])].sort((a, b) => a - b);
  else if (given.kind === 'observance') more.observance.push({ name: given.name, first: given.first, last: given.last });
  else if (given.kind === 'fault') more.fault.push({ name: given.name, start_at: given.start_at, end_at: given.end_at });
  else more.campaign.push({ name: given.name, start: given.start, days: Number(given.days), kind: given.kind, ...(given.size === '' ? {} : { size: Number(given.size) / 100 }) });
  await save(more);
}
