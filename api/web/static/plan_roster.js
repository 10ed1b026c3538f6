// Step 5: the roster, built in the background, then changed by hand with its rules and its coverage in sight.
import { call, colon, el, facts, fill, find, language, listed, number, percent, Refused, say, scrolled, t, tell } from './page.js';
import { chart } from './chart.js';
import { Hours } from './plan_hours.js';
import { dayLabel, dayNames } from './days.js';
import { rosterGrid } from './grid.js';
import { breaches, ruleOf, said } from './breaches.js';
import { Codes, shown } from './shift_codes.js';
import { Cover } from './plan_cover.js';
import { take } from './downloads.js';
import { questions } from './plan_repair.js';
import { beginJob, gapWords, lastJob, outcome, runningJob, watchJob } from './plan_jobs.js';

const LOOK_SECONDS = 30; // so long a change made elsewhere may go unseen here
const MOST_CELLS = 400; // in one request
const ORDERS = { badge: null, role: (one) => one.role, shift: (one, board) => board.startOn(one), hours: (one) => -one.hours, nights: (one, board) => -board.counts(one).nights, off: (one, board) => board.counts(one).off };
const GROUPS = { // by what people stand together: the key that orders the groups, and the group's name
  role: (one) => [one.role, t('role.' + one.role)],
  skill: (one) => [String(one.skills ?? ''), one.skills?.length ? one.skills.join(' · ') : t('roster.group.without')],
  team: (one) => [one.team ?? '', one.team || t('roster.group.without')],
  shift: (one, board) => { const kind = board.kindAt(one, board.day); return [KINDS.indexOf(kind), t('shift.' + kind)]; },
};
const GROUP_WORDS = { role: 'head.role', skill: 'head.skills', team: 'head.team', shift: 'roster.kind' };
const sessions = new Map(); // what was done and undone in each plan since the page was opened
const KINDS = ['early', 'day', 'late', 'night', 'leave', 'standby', 'off'];

export async function rosterStep(place, context) {
  const there = context.plan.files.includes('roster.csv');
  const limit = el('input', { type: 'number', name: 'limit', min: 5, max: 1800, value: 60, 'aria-label': t('roster.limit'), style: { width: '6rem' } });
  const tools = context.frozen ? null : el('div', { class: 'row' }, el('button', { type: 'button', class: there ? '' : 'primary', 'data-action': 'roster', onclick: start }, t(there ? 'roster.again' : 'roster.make')), el('label', { class: 'inline' }, t('roster.limit'), limit));
  const work = el('div', {});
  const board = el('div', { 'data-roster': '' });
  const stale = there && context.plan.roster_stale && !context.frozen;
  fill(place, el('h2', {}, t('roster.title')), there ? null : el('p', { class: 'hint' }, t('roster.about')), tools, work, stale ? el('p', { class: 'wrong', 'data-stale': '' }, t('roster.stale')) : null, board);
  const job = runningJob(context.plan, 'roster');
  if (job) watch(job);
  else fill(work, outcome(lastJob(context.plan, 'roster')));
  if (there) {
    const shown_ = new Board(board, context);
    const look = () => shown_.look();
    const looking = setInterval(look, LOOK_SECONDS * 1000);
    addEventListener('visibilitychange', look);
    addEventListener('focus', look);
    context.onLeave(() => { clearInterval(looking); removeEventListener('visibilitychange', look); removeEventListener('focus', look); });
    await shown_.load();
  }

  function watch(which) {
    if (tools) tools.hidden = true; // there is one already
    watchJob(work, context, which, { shown: progressOf, ended: () => context.refresh().catch(tell) });
  }
  async function start() {
    try { watch(await beginJob(context, 'roster', { time_limit_seconds: Number(limit.value) })); } catch (error) { tell(error); }
  }
}

function progressOf(job) {
  const told = job.progress;
  if (told.objective === undefined) return null;
  const path = told.history || [];
  return [facts([[t('roster.shortage'), number(told.shortage_hours)], [t('roster.gap'), gapWords(told), '', t('roster.gap.about')], [t('roster.objective'), number(told.objective)], [t('roster.bound'), number(told.bound)]]),
    path.length > 2 ? chart({ title: t('roster.search'), height: 180, near: true, labels: path.map((one) => t('seats.seconds', { n: number(one[0]) })), series: [
      { name: t('roster.objective'), kind: 'line', values: path.map((one) => one[1]) }, { name: t('roster.bound'), kind: 'line', dashed: true, values: path.map((one) => one[2]) }] }) : null];
}

/** The roster on the screen: the grid, the coverage of one day, the rules, and what the last change did. */
class Board {
  constructor(place, context) {
    this.place = place;
    this.context = context;
    this.day = 0;
    this.role = '';
    this.find = '';
    this.skill = '';
    this.kind = '';
    this.order = 'badge';
    this.group = '';
    this.changes = [];
    const { plan_id: plan } = context.plan;
    if (!sessions.has(plan)) sessions.set(plan, { done: [], undone: [] });
    this.session = sessions.get(plan);
    this.neighbours = new BroadcastChannel(`huawu-roster-${plan}`); // the same plan in another window
    this.neighbours.onmessage = () => this.look();
    context.onLeave(() => this.neighbours.close());
    this.sent = Promise.resolve();
    this.waiting = 0; // changes not answered yet
  }

  async load() {
    this.told = await call(`${this.context.url}/roster`);
    this.kindOf = new Map(this.told.shifts.map((one) => [one.code, one.kind]));
    this.codes = new Codes(this.told.shifts);
    fill(find('#shift-codes'), [...this.told.shifts.map((one) => el('option', { value: one.code }, `${one.start}–${one.end}`)), el('option', { value: 'standby' }), el('option', { value: 'leave' })]);
    const roles = [...new Set(this.told.people.map((one) => one.role))];
    this.parts = Object.fromEntries(['facts', 'queues', 'groups', 'grid', 'coverage', 'hours', 'rules', 'change'].map((name) => [name, el('div', { 'data-part': name })]));
    const skills = [...new Set(this.told.people.flatMap((one) => one.skills ?? []))].sort();
    const groups = Object.keys(GROUPS).filter((name) => ({ skill: skills.length > 1, team: this.told.people.some((one) => one.team) })[name] ?? true);
    this.hours = new Hours(this.parts.hours, { url: this.context.url, frozen: this.context.frozen, wanted: (one) => this.shows(this.person(one.badge)), holds: (date) => this.column(date) >= 0, onMove: (cell, was) => this.change([cell], { before: [was] }) });
    const views = el('span', { class: 'row views', role: 'group', 'aria-label': t('roster.view') }, [['month', 0], ['week', 7], ['day', 1]].map(([name, days]) => el('button', { type: 'button', 'data-view': name, 'aria-pressed': String(days === 0), onclick: () => this.showView(days) }, t(`roster.view.${name}`))));
    this.cover = new Cover(this.context, (cells) => this.change(cells));
    fill(this.place, this.parts.facts, this.parts.queues,
      el('div', { class: 'roster-tools' }, views,
        el('label', { class: 'inline' }, t('roster.filter'), el('select', { onchange: (event) => { this.role = event.target.value; this.filter(); } }, el('option', { value: '' }, t('roster.all')), roles.map((role) => el('option', { value: role }, t('role.' + role))))),
        skills.length > 1 ? el('label', { class: 'inline' }, t('head.skills'), el('select', { name: 'skill', onchange: (event) => { this.skill = event.target.value; this.filter(); } }, el('option', { value: '' }, t('roster.all')), skills.map((skill) => el('option', { value: skill }, skill)))) : null,
        el('label', { class: 'inline' }, t('roster.kind'), el('select', { name: 'kind', title: t('roster.kind.about'), onchange: (event) => { this.kind = event.target.value; this.filter(); } }, el('option', { value: '' }, t('roster.all')), KINDS.map((kind) => el('option', { value: kind }, t('shift.' + kind))))),
        el('label', { class: 'inline' }, t('roster.find'), el('input', { type: 'search', style: { width: '8rem' }, oninput: (event) => { this.find = event.target.value.trim(); this.filter(); } })),
        el('label', { class: 'inline' }, t('roster.sort'), el('select', { name: 'sort', onchange: (event) => { this.order = event.target.value; this.filter(); } }, Object.keys(ORDERS).map((name) => el('option', { value: name }, t(name === 'badge' || name === 'role' ? `head.${name}` : `roster.sort.${name}`))))),
        el('label', { class: 'inline' }, t('roster.group'), el('select', { name: 'group', onchange: (event) => { this.group = event.target.value; this.filter(); } }, el('option', { value: '' }, t('roster.group.none')), groups.map((name) => el('option', { value: name }, t(GROUP_WORDS[name]))))),
        this.context.frozen ? null : el('span', { class: 'row' }, this.button('undo-all', 'roster.undo', () => this.undo()), this.button('redo', 'roster.redo', () => this.redo())),
        el('button', { type: 'button', 'data-download': 'roster.pdf', onclick: () => take(`${this.context.url}/download/roster.pdf?lang=${language()}`, 'roster.pdf') }, t('download.roster.pdf')),
        el('details', { class: 'codes' }, el('summary', {}, t('roster.codes')), el('ul', {}, this.codes.all.map((one) => el('li', {}, el('i', { class: 'swatch', 'data-kind': one.kind }, shown(one.code)), ` ${this.codes.words(one)}`)))),
        el('span', { class: 'row', 'aria-label': t('roster.legend') }, KINDS.map((kind) => el('span', { class: 'swatch', 'data-kind': kind }, t('shift.' + kind))))),
      this.parts.groups, this.parts.grid, this.parts.hours, el('p', { class: 'print-only' }, t('roster.print')), this.parts.change, el('p', { class: 'hint small' }, t(matchMedia('(pointer: coarse)').matches ? 'roster.help.touch' : 'roster.help')), el('div', { class: 'beside' }, this.parts.rules, el('div', { class: 'progress' }, this.context.frozen ? [badges(this.told)] : [this.cover.place, this.swapForm()], questions(this.context, this.told))), this.parts.coverage);
    this.arrange();
    this.grid = rosterGrid(this.parts.grid, {
      model: () => this.model(), codes: this.codes, onUndo: () => this.undo(), onRedo: () => this.redo(), onPaste: (cells) => this.paste(cells), onSelect: ({ person, day }) => {
        this.cover.choose(person.badge, this.told.days[day].date, this.person(person.badge).cells[day]);
        if (day !== this.day) { this.day = day; this.drawCoverage(); }
      },
      onWrite: (cells) => cells.length && this.change(cells.map(({ person, day, code }) => ({ badge: person.badge, date: this.told.days[day].date, shift: code }))),
      onSwap: (from, to) => this.change([
        { badge: from.person.badge, date: this.told.days[from.day].date, shift: this.codeOf(to) }, { badge: to.person.badge, date: this.told.days[to.day].date, shift: this.codeOf(from) }]),
    });
    this.draw();
    this.showSession();
    this.promise();
  }

  button(action, words, run) { return el('button', { type: 'button', 'data-action': action, onclick: run, disabled: true }, t(words)); }

  /** Undo and redo can be pressed while there is something to undo or redo. */
  showSession() {
    const able = { 'undo-all': this.session.done.length, redo: this.session.undone.length };
    Object.entries(able).forEach(([action, count]) => { const button = find(`[data-action="${action}"]`, this.place); if (button) button.disabled = !count; });
  }

  undo() {
    const step = this.session.done.pop();
    if (step) { this.session.undone.push(step); this.change(step.before, { step, from: 'undone' }); }
  }

  redo() {
    const step = this.session.undone.pop();
    if (step) { this.session.done.push(step); this.change(step.cells, { step, from: 'done' }); }
  }

  /** Write what was pasted, from Excel or from here; a text that is no code, or may be several, is named and nothing is written. */
  paste(cells) {
    const meant = cells.map((one) => ({ ...one, ...this.codes.resolve(one.text) }));
    const wrong = meant.find((one) => one.code === undefined);
    if (wrong) return say(t(wrong.several ? 'grid.several' : 'grid.unknown', { typed: wrong.text, badge: wrong.person.badge, day: this.told.days[wrong.day].date, codes: listed((wrong.several ?? []).slice(0, 8).map((one) => one.code)) }), 'bad');
    const changed = meant.filter((one) => one.person.codes[one.day] !== one.code);
    return changed.length && this.change(changed.map((one) => ({ badge: one.person.badge, date: this.told.days[one.day].date, shift: one.code })));
  }

  /** What the roster promises the callers; worked out while the grid can be looked at already. */
  async promise() {
    const { mark } = this.told;
    const told = await call(`${this.context.url}/roster/promise`).catch(() => null);
    if (mark !== this.told.mark) return;
    this.promised = { ...told, mark };
    if (told?.queues) this.told.queues = told.queues;
    this.draw();
  }

  /** What the roster promises, in plain words, and what that rests on. */
  promiseFact() {
    const told = this.promised;
    const label = told?.answer_within_seconds ? t('roster.promise', { within: told.answer_within_seconds }) : t('roster.promise.waiting');
    if (told?.mark !== this.told.mark) return [label, this.saidPromise ? `${this.saidPromise} …` : '…', 'wide']; // as high as it was: nothing below moves
    if (told.expected === undefined || told.expected === null) return [label, ''];
    const whole = (share) => number(100 * share);
    this.saidPromise = t('roster.promise.told', { expected: percent(told.expected, 0), lower: whole(told.lower_80), upper: percent(told.upper_80, 0), chances: told.chance === null ? '' : t('roster.promise.chance', { n: number(10 * told.chance) }) });
    return [label, this.saidPromise,
      told.expected >= (told.service_level ?? 0) ? 'good wide' : 'bad wide',
      t('roster.promise.about', { patience: number(told.patience_seconds), known: t(told.patience_assumed ? 'roster.promise.assumed' : 'roster.promise.known'), mean: percent(told.at_the_mean, 0) })];
  }

  codeOf = ({ person, day }) => person.codes[day];

  model() {
    const broken = new Set(this.told.broken.filter((one) => one.badge && one.date).map((one) => `${one.badge} ${one.date}`));
    const changed = new Set(this.changes.map((one) => `${one.badge} ${one.date}`));
    const at = new Map(this.told.people.map((one) => [one.badge, one]));
    return {
      whole: this.told.people.length,
      sums: ['hours', 'nights', 'weekends', 'off'].map((name) => ({ label: t(`grid.sum.${name}`), title: t(`grid.sum.${name}.about`) })),
      people: this.arranged.map(([badge, group]) => [at.get(badge), group]).map(([one, group]) => ({
        group, sums: this.sumsOf(one), badge: one.badge, role: one.role, codes: one.cells, note: `${t('role.' + one.role)} · ${t('roster.hours', { n: number(one.hours, 1) })}`,
        cells: one.cells.map((code, n) => {
          const key = `${one.badge} ${this.told.days[n].date}`;
          return { code: shown(code), kind: this.kindAt(one, n), marks: `${broken.has(key) ? 'broken ' : ''}${changed.has(key) ? 'changed' : ''}` };
        }),
      })),
      days: this.told.days.map((one, n) => ({ label: this.dayHead(one.date, n), sub: t('weekday.' + one.weekday), kind: one.kind, ...this.shortOn(one.date), title: [one.date, ...dayNames(one), t('roster.short.day', { n: number(this.shortHours(one.date), 1) })].join(' · ') })),
    };
  }

  /** What stands over a day: its number, and its month where a period that is no month begins one. */
  dayHead(date, n) {
    const [month, day] = date.slice(5).split('-').map(Number);
    const several = this.told.days[0].date.slice(0, 7) !== this.told.days.at(-1).date.slice(0, 7);
    return several && (n === 0 || day === 1) ? `${month}/${day}` : String(day);
  }

  /** Nights, weekend days worked and days off of a person, as the cells stand. */
  counts(one) {
    const count = { nights: 0, weekends: 0, off: 0 };
    one.cells.forEach((code, n) => {
      const works = code !== '' && code !== 'leave' && code !== 'standby';
      if (works && this.kindOf.get(code) === 'night') count.nights += 1;
      if (works && this.told.days[n].weekday >= 5) count.weekends += 1;
      if (!works && code !== 'leave') count.off += 1;
    });
    return count;
  }

  sumsOf(one) {
    const { nights, weekends, off } = this.counts(one);
    const contract = one.contract_hours;
    const hours = number(one.hours, 0) + (contract ? `/${number(contract, 0)}` : '');
    return [{ text: hours, mood: contract && one.hours > contract + 0.05 ? 'over' : '' }, ...[nights, weekends, off].map((value) => ({ text: String(value) }))];
  }

  /** Seat-hours short on a day. */
  shortHours(date) {
    const day = this.told.coverage.by_day[date];
    return day?.shortage ? day.shortage.reduce((sum, value) => sum + value, 0) * (24 / day.shortage.length) : 0;
  }

  shortOn(date) {
    const hours = this.shortHours(date);
    return { note: hours >= 0.05 ? `−${number(hours, hours < 9.95 ? 1 : 0)}` : '✓', short: hours >= 0.05 };
  }

  shows(one) {
    return (!this.role || one.role === this.role) && (!this.skill || one.skills?.includes(this.skill)) && (!this.kind || this.kindAt(one, this.day) === this.kind) && one.badge.includes(this.find);
  }

  kindAt(one, n) {
    const code = one.cells[n];
    return code === '' ? 'off' : code === 'leave' || code === 'standby' ? code : this.kindOf.get(code) || 'unknown';
  }

  /** When a person's shift of the chosen day begins, as it sorts; who is off comes last. */
  startOn(one) { return this.codes.all.find((code) => code.code === one.cells[this.day])?.start || '99'; }

  /** Who is shown, in which order, and where a group begins: kept until it is asked for anew, or a change would move the row under the cursor. */
  arrange() {
    const people = this.told.people.filter((one) => this.shows(one));
    const by = (key) => {
      const keys = new Map(people.map((one) => [one, key(one, this)]));
      people.sort((a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : 0));
    };
    if (ORDERS[this.order]) by(ORDERS[this.order]);
    const group = GROUPS[this.group];
    if (group) by((one) => group(one, this)[0]);
    const names = people.map((one) => (group ? group(one, this)[1] : ''));
    this.arranged = people.map((one, n) => [one.badge, n && names[n] === names[n - 1] ? '' : names[n]]);
  }

  filter() { this.arrange(); this.grid.rebuild(); this.drawGroups(); this.hours.draw(); }

  /** The groups by name with their size; a press goes to a group's first person. */
  drawGroups() {
    const starts = this.arranged.flatMap(([, group], n) => (group ? [n] : []));
    fill(this.parts.groups, starts.map((from, n) => {
      const count = (starts[n + 1] ?? this.arranged.length) - from;
      const group = this.arranged[from][1];
      return el('button', { type: 'button', class: 'quiet', 'data-group': group, 'aria-label': t('roster.group.jump', { group, n: count }), onclick: () => this.grid.focus(from, this.day) }, `${group} · ${count}`);
    }));
  }

  /** The month as a grid, or the chosen day or its week by the hour. */
  showView(days) {
    this.place.querySelectorAll('[data-view]').forEach((button, n) => button.setAttribute('aria-pressed', String([0, 7, 1][n] === days)));
    this.parts.grid.hidden = days > 0;
    this.showHours(days);
    if (!days) this.filter();
  }

  /** The hours of the chosen day, or of the week it lies in, with a way to the days beside it. */
  showHours(days) {
    const { told } = this;
    const first = days === 7 ? Math.max(0, this.day - told.days[this.day].weekday) : this.day;
    const step = (by) => { this.day = Math.max(0, Math.min(told.days.length - 1, first + by)); this.drawCoverage(); this.showHours(days); };
    const go = (words, by, sign) => el('button', { type: 'button', 'data-go': by > 0 ? 'next' : 'back', 'aria-label': t(words), disabled: by < 0 ? first === 0 : first + days >= told.days.length, onclick: () => step(by) }, sign);
    fill(this.parts.days ??= this.parts.hours.parentNode.insertBefore(el('div', { class: 'row', 'data-part': 'days' }), this.parts.hours),
      days ? [go('roster.day.back', -days, '←'), el('b', { 'data-day': told.days[first].date }, days === 7 ? `${dayLabel(told.days[first].date)} – ${dayLabel(told.days[Math.min(told.days.length - 1, first + 6)].date)}` : dayLabel(told.days[first].date)), go('roster.day.next', days, '→'), el('span', { class: 'hint small' }, t('hours.about'))] : []);
    this.hours.load(told.days[first].date, days);
  }

  draw() {
    const { coverage, broken, facts: head } = this.told;
    fill(this.parts.facts, facts([
      [t('roster.shortage'), number(coverage.shortage_hours, 1), coverage.shortage_hours > 0 ? 'bad' : 'good', t('roster.shortage.about')], [t('roster.surplus'), number(coverage.surplus_hours, 1), '', t('roster.surplus.about')],
      [t('roster.broken'), number(broken.length), broken.length ? 'bad' : 'good'], [t('roster.gap'), gapWords(head), '', t('roster.gap.about')], this.promiseFact(), [t('understood.people'), number(this.told.people.length)]]));
    this.drawQueues();
    fill(this.parts.rules, el('h3', {}, t('roster.broken')), broken.length ? scrolled(t('roster.broken'), breaches(broken)) : el('p', { class: 'verdict' }, t('roster.lawful')),
      this.told.notes?.map((one) => el('p', { class: 'hint small note' }, one[language()])),
      this.told.departures.length ? el('details', { 'data-departures': '' }, el('summary', {}, t('roster.departures')), el('ul', {}, this.told.departures.map((one) => el('li', { class: 'small' }, `${ruleOf(one)} · ${number(one.amount, 1)} ${t('unit.' + one.unit)}`)))) : null);
    this.drawCoverage();
  }

  /** Of several queues that share people: a line for each, and what sharing saves. */
  drawQueues() {
    const { queues } = this.told;
    if (!queues) return;
    fill(this.parts.queues, el('h3', {}, t('roster.queues')), scrolled(t('roster.queues'), el('table', {},
      el('thead', {}, el('tr', {}, queues.heads.map((head, n) => el('th', { scope: 'col', class: n ? 'number' : '' }, head[language()])))),
      el('tbody', {}, queues.rows.map((row) => el('tr', { 'data-queue': row[0] }, row.map((cell, n) => (n ? el('td', { class: 'number' }, cell) : el('th', { scope: 'row' }, cell)))))))), queues.saves ? el('p', { class: 'hint' }, queues.saves[language()]) : null);
  }

  /** Whose coverage may be looked at: everybody's, a queue's share, and who is able to serve a queue, or one of several. */
  covers() {
    if (!this.told.queues) return [];
    const any = (name) => (this.told.coverage_of[name] ? name : name.split('+').join(t('roster.cover.any')));
    return [['', t('roster.cover.all')], ...Object.keys(this.told.coverage_of).map((name) => [`coverage_of ${name}`, t('roster.cover.queue', { queue: name })]), ...Object.keys(this.told.able).map((name) => [`able ${name}`, t('roster.cover.able', { queue: any(name) })])];
  }

  coverOf() {
    const [kind, ...name] = (this.cover_of || '').split(' ');
    return this.told[kind]?.[name.join(' ')] ?? this.told.coverage;
  }

  drawCoverage() {
    const { date } = this.told.days[this.day];
    const day = this.coverOf().by_day[date];
    const covers = this.covers();
    const choice = covers.length ? el('label', { class: 'inline' }, t('roster.cover.of'), el('select', { name: 'cover', onchange: (event) => { this.cover_of = event.target.value; this.drawCoverage(); } }, covers.map(([value, words]) => el('option', { value, selected: value === (this.cover_of || '') }, words)))) : null;
    if (day) fill(this.parts.coverage, choice, chart({ title: t('roster.coverage', { day: date }), labels: day.times, height: 220, digits: 0, series: [
      { name: t('roster.seats'), kind: 'bar', colour: 'var(--series)', faint: true, values: day.seats_rostered }, ...(day.seats_required ? [{ name: t('seats.required'), kind: 'step', faint: true, dashed: true, colour: 'var(--soft)', values: day.seats_required }] : []),
      { name: t('roster.need'), kind: 'step', colour: 'var(--ink)', values: day.need ?? day.seats_required }, { name: t('roster.short'), kind: 'dot', colour: 'var(--high)', values: (day.shortage || []).map((value, n) => (value > 0.01 ? day.seats_rostered[n] : null)) }] }));
  }

  /** Write cells: painted at once, and a moment later what that breaks and what it does to coverage. */
  change(cells, { step = null, from = 'done', before: was = null } = {}) {
    if (this.context.frozen) { say(t('plan.published'), 'bad'); return this.sent; }
    if (cells.length > MOST_CELLS) { say(t('grid.most', { n: cells.length, most: MOST_CELLS }), 'bad'); return this.sent; }
    const before = was ?? cells.map((one) => ({ badge: one.badge, date: one.date, shift: this.codeAt(one) }));
    const kept = step ?? { cells, before };
    if (!step) { this.session.done.push(kept); this.session.undone.length = 0; }
    this.showSession();
    this.changes = cells;
    this.paint(cells);
    fill(this.parts.change, el('p', { class: 'verdict waiting', role: 'status' }, t('roster.checking')));
    this.waiting += 1;
    this.sent = this.sent.then(() => this.send(cells, before, { step: kept, from })); // one after another, in the order they were made
    return this.sent;
  }

  async send(cells, before, { step, from }) {
    try {
      const told = await call(`${this.context.url}/roster/cells`, { method: 'PUT', body: { cells: cells.map((one, n) => ({ badge: one.badge, date: one.date, shift: one.shift, meal_minute: one.meal_minute, break_minutes: one.break_minutes, was: plain(before[n].shift) })) } });
      this.waiting -= 1;
      const elsewhere = told.mark_before !== this.told.mark;
      this.apply(told);
      this.showChange(told, from === 'undone' ? null : () => this.undo());
      this.neighbours.postMessage(told.mark);
      if (elsewhere && !this.waiting) { await this.read(); say(t('roster.elsewhere')); }
      if (!this.waiting) this.promise();
    } catch (error) {
      this.waiting -= 1;
      this.paint(before.filter((one, n) => this.codeAt(one) === plain(cells[n].shift)));
      this.changes = [];
      this.session[from] = this.session[from].filter((one) => one !== step); // it was never done
      this.showSession();
      fill(this.parts.change);
      this.hours.load(); // a meal or break that may not be there goes back
      tell(error);
      if (error instanceof Refused && error.problem.code === 'roster.elsewhere') { await this.read(); this.pointOut(cells); }
      if (error instanceof Refused) await this.context.refresh(false).then(() => { if (this.context.published()) this.context.redraw(); }, () => {});
    }
  }

  /** Mark the cells that somebody else changed, so that they are seen before they are written over. */
  pointOut(cells) {
    this.changes = cells;
    this.grid.refresh();
  }

  /** What somebody else changed meanwhile is shown when the page is looked at again. */
  async look() {
    if (document.hidden || this.waiting || !this.told || !this.place.isConnected) return;
    const told = await call(`${this.context.url}/roster`).catch(() => null);
    if (!told || this.waiting || told.mark === this.told.mark) return;
    this.show(told);
    say(t('roster.elsewhere'));
  }

  async read() { this.show(await call(`${this.context.url}/roster`)); }

  show(told) {
    this.told = told;
    this.changes = [];
    this.grid.refresh();
    this.draw();
    this.hours.load();
  }

  person = (badge) => this.told.people.find((one) => one.badge === badge);

  column = (date) => this.told.days.findIndex((one) => one.date === date);

  codeAt = ({ badge, date }) => this.person(badge).cells[this.column(date)];

  paint(cells) {
    cells.forEach((one) => { this.person(one.badge).cells[this.column(one.date)] = plain(one.shift); });
    this.grid.refresh();
  }

  apply(told) {
    told.people.forEach((one) => { this.person(one.badge).hours = one.hours; });
    this.told.broken = told.broken;
    this.told.mark = told.mark;
    this.told.departures = []; // they were those of the roster as it was built, and
    this.told.facts.gap = null; // so was the bound
    const merged = (before, now) => ({ ...now, by_day: { ...before.by_day, ...now.by_day } });
    this.told.coverage = merged(this.told.coverage, told.coverage);
    if (told.queues) {
      const late = told.queues.heads.map((head) => head.name === 'promise' || head.name === 'chance'); // they are played anew
      this.told.queues = { ...told.queues, rows: told.queues.rows.map((row) => row.map((cell, n) => (late[n] ? '…' : cell))) };
      ['coverage_of', 'able'].forEach((kind) => Object.entries(told[kind]).forEach(([name, now]) => { this.told[kind][name] = merged(this.told[kind][name], now); }));
    }
    this.grid.refresh();
    this.draw();
    if (!this.waiting) this.hours.load();
  }

  showChange(told, undo) {
    const bad = told.broken_new.length > 0;
    fill(this.parts.change, el('div', { class: bad ? 'verdict bad' : 'verdict', role: 'status', 'data-verdict': bad ? 'breaks' : 'fine' },
      el('p', {}, el('b', {}, `${t('roster.change')}${colon()}`), bad ? t('roster.change.breaks') : t('roster.change.fine')), bad ? el('ul', {}, told.broken_new.map((one) => el('li', {}, said(one)))) : null,
      told.broken_gone.length ? el('p', {}, t('roster.change.heals', { n: told.broken_gone.length })) : null,
      el('p', {}, t('roster.change.shortage', { before: number(told.shortage_before, 1), after: number(told.coverage.shortage_hours, 1) }))),
    el('div', { class: 'row' }, undo ? el('button', { type: 'button', 'data-action': 'undo', onclick: undo }, t('roster.undo')) : null, el('button', { type: 'button', class: 'quiet', 'data-action': 'dismiss', onclick: () => fill(this.parts.change) }, t('close'))));
  }

  swapForm() {
    const dates = () => this.told.days.map((one) => el('option', { value: one.date }, one.date));
    const badge = (name, words) => el('label', {}, t(words), el('input', { name, required: true, list: 'badges' }));
    const answer = el('div', {});
    return el('details', { class: 'swap' }, el('summary', {}, el('b', {}, t('roster.swap'))), el('p', { class: 'hint small' }, t('roster.swap.about')),
      badges(this.told),
      el('form', { class: 'progress', onsubmit: (event) => { event.preventDefault(); this.swap(new FormData(event.target), answer); } },
        badge('a', 'roster.swap.a'), el('label', {}, t('roster.swap.day'), el('select', { name: 'a_date' }, dates())), badge('b', 'roster.swap.b'), el('label', {}, t('roster.swap.other'), el('select', { name: 'b_date' }, dates())),
        el('button', { type: 'submit' }, t('roster.swap.check'))), answer);
  }

  async swap(given, answer) {
    const [a, b] = ['a', 'b'].map((which) => ({ badge: given.get(which).trim(), date: given.get(`${which}_date`) }));
    try {
      const told = await call(`${this.context.url}/roster/swap`, { method: 'POST', body: { a, b } });
      fill(answer, el('div', { class: told.lawful ? 'verdict' : 'verdict bad', role: 'status', 'data-swap': told.lawful ? 'lawful' : 'unlawful' }, el('p', {}, t(told.lawful ? 'roster.swap.ok' : 'roster.swap.not')),
        told.broken_new.length ? el('ul', {}, told.broken_new.map((one) => el('li', {}, said(one)))) : null, el('p', {}, t('roster.swap.coverage', { n: number(told.shortage_change_hours, 1) }))),
      el('button', { type: 'button', class: told.lawful ? 'primary' : 'danger', onclick: () => this.change(told.cells) }, t('roster.swap.do')));
    } catch (error) { tell(error); }
  }
}

const badges = (told) => el('datalist', { id: 'badges' }, told.people.map((one) => el('option', { value: one.badge })));

const plain = (code) => (code === 'off' ? '' : code);
