// Step 1: two files in, and what was understood of them.
import { call, el, facts, fill, number, percent, Refused, t, tell } from './page.js';

export function filesStep(place, context) {
  fill(place, el('h2', {}, t('step.files')), el('div', { class: 'cards' }, ['history', 'people', 'last_roster'].map((kind) => card(kind, context))));
}

function card(kind, context) {
  const { plan } = context;
  const given = plan.files.includes(kind);
  const answer = el('div', { 'data-answer': kind }, understood(kind, plan[kind]));
  const input = el('input', { type: 'file', accept: '.csv,.tsv,.txt,.xlsx,.parquet,.gz', 'aria-label': t('file.' + kind), disabled: context.frozen, 'data-file': kind, onchange: () => input.files[0] && send(input.files[0]) });
  const drop = el('div', { class: given ? 'drop given' : 'drop', 'data-drop': kind }, el('b', {}, t('file.' + kind)), el('span', { class: 'hint' }, given ? plan.names[kind] : t('file.' + kind + '.about')), el('span', { class: 'button', 'aria-hidden': 'true' }, t(given ? 'file.again' : 'file.choose')), input);
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer.files[0] && !context.frozen) send(event.dataTransfer.files[0]);
  });
  async function send(file) {
    const form = new FormData();
    form.append('file', file);
    fill(answer, el('p', { class: 'hint', role: 'status' }, t('file.reading')));
    try {
      await call(`${context.url}/files/${kind}`, { method: 'PUT', body: form });
      await context.refresh();
    } catch (error) {
      if (!(error instanceof Refused)) return tell(error);
      fill(answer, el('p', { class: 'wrong', role: 'alert' }, error.status === 413 ? t('file.too-large', { n: 64 }) : error.message));
    }
    return undefined;
  }
  return el('div', { class: 'card' }, drop, answer);
}

/** The last day that an exclusive end leaves. */
function lastDay(end) {
  const day = new Date(`${end.slice(0, 10)}T00:00:00Z`);
  if (end.slice(11, 16) === '00:00') day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

function understood(kind, what) {
  if (!what) return null;
  if (what.error) return el('p', { class: 'wrong', role: 'alert' }, what.error);
  if (kind === 'history') {
    return [facts([
      [t('understood.queue'), what.queue], [t('understood.span'), `${what.start_at.slice(0, 10)} – ${lastDay(what.end_at)}`], [t('understood.interval'), t('understood.minutes', { n: what.interval_minutes })],
      [t('understood.observed'), percent(what.observed_share, what.observed_share > 0.99 ? 2 : 1), what.observed_share > 0.98 ? 'good' : 'bad'], [t('understood.calls'), number(what.calls_total)], [t('understood.timezone'), what.timezone],
      [t('understood.through'), lastDay(what.used_through)]]), el('p', { class: 'hint small' }, `${t('understood.columns')}: ${what.columns.map((name) => t('column.' + name)).join(' · ')}`)];
  }
  if (kind === 'people') {
    return facts([
      [t('understood.people'), number(what.people)], [t('understood.hours'), number(what.contract_hours_per_week)], ...Object.entries(what.roles).map(([role, people]) => [t('role.' + role), number(people)]),
      [t('understood.protected'), number(what.protected)], [t('understood.leave'), number(what.leave_days)], [t('understood.fixed'), number(what.fixed_shifts)], [t('understood.wishes'), number(what.wishes)]]);
  }
  return null;
}
