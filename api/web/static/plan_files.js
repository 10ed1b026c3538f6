// Step 1: two files in, and what was understood of them.
import { call, colon, el, facts, fill, language, number, percent, Refused, scrolled, t, tell } from './page.js';
import { dayAfter } from './days.js';
import { take, templateButton } from './downloads.js';
import { faultsTable, meanings, readingShown } from './plan_reading.js';

export function filesStep(place, context) {
  fill(place, el('h2', {}, t('step.files')), el('div', { class: 'cards' }, ['history', 'people', 'last_roster'].map((kind) => card(kind, context))));
}

function card(kind, context) {
  const { plan } = context;
  const given = plan.files.includes(kind);
  const answer = el('div', { 'data-answer': kind }, understood(kind, plan[kind], context.frozen ? null : (columns) => send(null, { columns })));
  const input = el('input', { type: 'file', accept: '.csv,.tsv,.txt,.xls,.xlsx,.xlsm,.xlsb,.ods,.parquet,.gz,.zip', 'aria-label': t('file.' + kind), disabled: context.frozen, multiple: kind === 'history', 'data-file': kind, onchange: () => input.files[0] && send([...input.files]) });
  const drop = el('div', { class: given ? 'drop given' : 'drop', 'data-drop': kind }, el('b', {}, t('file.' + kind)), el('span', { class: 'hint' }, given ? plan.names[kind] : t('file.' + kind + '.about')), el('span', { class: 'button', 'aria-hidden': 'true' }, t(given ? 'file.again' : 'file.choose')), input);
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer.files[0] && !context.frozen) send([...event.dataTransfer.files]);
  });
  async function send(files, reading = {}) {
    const form = new FormData();
    files?.forEach((file) => form.append('file', file)); // several are those of queues that share people
    form.append('reading', JSON.stringify(reading));
    fill(answer, el('p', { class: 'hint', role: 'status' }, t('file.reading')));
    try {
      await call(`${context.url}/files/${kind}`, { method: 'PUT', body: form });
      await context.refresh();
    } catch (error) {
      if (!(error instanceof Refused)) return tell(error);
      fill(answer, el('p', { class: 'wrong', role: 'alert' }, error.status === 413 ? t('file.too-large', { n: 64 }) : error.message),
        error.problem.faults ? faultsTable(error.problem.faults) : null, error.problem.faults && files?.length === 1 && kind !== 'last_roster' ? el('p', { style: { marginTop: '.6rem' } }, el('button', { type: 'button', 'data-download': 'marked', onclick: () => marked(files[0], reading) }, t('faults.marked'))) : null, error.problem.ask ? question(error.problem.ask, reading, (more) => send(files, { ...reading, ...more })) : null);
    }
    return undefined;
  }
  /** A copy of the refused file with its faults marked, to be corrected in Excel and given again. */
  function marked(file, reading) {
    const form = new FormData();
    form.append('file', file);
    form.append('reading', JSON.stringify(reading));
    return take(`${context.url}/files/${kind}/marked?lang=${language()}`, 'marked.xlsx', { method: 'POST', body: form });
  }
  const more = el('div', { class: 'row' }, kind === 'last_roster' || context.frozen ? null : templateButton(kind),
    kind === 'history' && given ? el('button', { type: 'button', 'data-download': 'first-look', onclick: (event) => looked(event.target) }, t('first-look')) : null);
  /** What the history alone tells, as a page of its own; it takes some seconds. */
  async function looked(button) {
    button.disabled = true;
    fill(button, t('first-look.at-work'));
    await take(`${context.url}/first-look`, 'first_look.html');
    fill(button, t('first-look'));
    button.disabled = false;
  }
  return el('div', { class: 'card' }, drop, answer, more);
}

/** What a word of the planner could mend: which column is which, which queue, what a date or a repetition means. */
function question(ask, reading, again) {
  const choose = (name, options, chosen, label) => el('select', { name, 'aria-label': label }, options.map(([value, words]) => el('option', { value, selected: value === chosen }, words)));
  const form = (...fields) => el('form', { class: 'asked', 'data-ask': ask.setting, onsubmit: (event) => { event.preventDefault(); again(told(new FormData(event.target))); } }, el('p', { class: 'hint' }, t('ask.' + ask.setting)), ...fields,
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'primary' }, t('ask.again'))));
  if (ask.setting !== 'columns') {
    const words = (option) => (ask.setting === 'queue' ? option : t(`ask.${ask.setting}.${option}`));
    const ways = ask.setting === 'queue' ? ['each', 'all'].filter((way) => !ask.options.includes(way)).map((way) => [way, t(`ask.queue.${way}`)]) : [];
    return form(choose(ask.setting, [...ask.options.map((option) => [option, words(option)]), ...ways], null, t('ask.' + ask.setting)));
  }
  const chosen = Object.fromEntries([...ask.known, ...Object.entries(reading.columns || {})].flatMap(([name, headings]) => [headings].flat().map((heading) => [heading, name])));
  const names = [['', t('ask.unused')], ...ask.names.map((name) => [name, t('column.' + name)])];
  return form(scrolled(t('ask.columns'), el('table', {},
    el('thead', {}, el('tr', {}, ask.headings.map((heading) => el('th', { scope: 'col' }, heading))), el('tr', {}, ask.headings.map((heading, n) => el('td', {}, choose(`column ${n}`, names, chosen[heading], heading))))),
    el('tbody', {}, ask.rows.map((row) => el('tr', {}, row.map((cell) => el('td', {}, cell))))))));

  function told(given) {
    if (ask.setting !== 'columns') return { [ask.setting]: given.get(ask.setting) };
    return { columns: meanings(ask.headings.map((heading, n) => [given.get(`column ${n}`), heading])) };
  }
}

/** The last day that an exclusive end leaves. */
const lastDay = (end) => (end.slice(11, 16) === '00:00' ? dayAfter(end.slice(0, 10), -1) : end.slice(0, 10));

function understood(kind, what, again) {
  if (!what) return null;
  if (what.error) return el('p', { class: 'wrong', role: 'alert' }, what.error);
  if (kind === 'history') {
    return [facts([
      ...(what.queues?.length ? what.queues.map((one) => [`${t('understood.queue')}${colon()}${one.queue}`, t('understood.queue.calls', { n: number(one.calls_total) })]) : [[t('understood.queue'), what.queue]]), [t('understood.span'), `${what.start_at.slice(0, 10)} – ${lastDay(what.end_at)}`], [t('understood.interval'), t('understood.minutes', { n: what.interval_minutes })],
      [t('understood.observed'), percent(what.observed_share, what.observed_share === 1 ? 0 : what.observed_share > 0.99 ? 2 : 1), what.observed_share > 0.98 ? 'good' : 'bad'], [t('understood.calls'), number(what.calls_total)], [t('understood.timezone'), what.timezone],
      [t('understood.through'), lastDay(what.used_through)]]), el('p', { class: 'hint small' }, `${t('understood.columns')}${colon()}${what.columns.map((name) => t('column.' + name)).join(' · ')}`), what.queues?.length ? el('p', { class: 'hint small' }, t('understood.queues.about')) : null, notes(what), (what.readings || []).map((one) => readingShown(one, what.reading_choices, again))];
  }
  if (kind === 'people') {
    return [facts([
      [t('understood.people'), number(what.people)], [t('understood.hours'), number(what.contract_hours_per_week)], ...Object.entries(what.roles).map(([role, people]) => [t('role.' + role), number(people)]),
      [t('head.protected'), number(what.protected)], [t('understood.leave'), number(what.leave_days)], [t('head.fixed_shifts'), number(what.fixed_shifts)], [t('head.wishes'), number(what.wishes)]]), notes(what)];
  }
  return notes(what);
}

/** What had to be decided, and the columns that nobody understood. */
function notes(what) {
  return what.notes?.length ? el('ul', { class: 'hint small notes' }, what.notes.map((note) => el('li', {}, note[language()]))) : null;
}
