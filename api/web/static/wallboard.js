// The wallboard: one queue large, the others as tiles; always the server's latest whole state, or plainly not current.
import { call, el, fill, find, head, language, number, recall, Refused, remember, say, t, within } from './page.js';
import { follow } from './live.js';
import { ladder } from './ladder.js';
import { kiosk } from './kiosk.js';
import { firstSteps, foremost, orders, title } from './orders.js';
import { supervisorsHand, whoAmI } from './hand.js';
import { Past, PATHS, viewFrom } from './queue.js';
import { figures } from './figures.js';
import { hear, soundButton } from './sound.js';
import { MANY, PAGE, pageOf, pager, SHAPE, tiles, worstFirst } from './tiles.js';
import { clockOf, countdown, dayOf, momentOf, now, setNow, setZone, since, sinceIndeed, standStill, tick, withClocks } from './time.js';
import { trend } from './trend.js';

const ACT_SECONDS = 5; // so long a pressed button waits for its answer
const AROUND_SECONDS = 10; // between two looks at all the queues
const UNDO_SECONDS = 10; // so long what was done can be taken back; the server judges by its own clock
const MAY_BE_UNDONE = new Set(['acknowledge', 'decline', 'signed-in']);
const board = find('#board');
let following;
let chosen = new URLSearchParams(location.search).get('queue');
let around = { total: 0, offset: 0, bands: {}, queues: [] }; // the page of all queues that is shown, the worst first
let aroundAt = null; // when it was told, by this page's clock
let surge = null; // the last state as the server sent it
let past = new Past();
let today = null; // the day beside its forecast
let view = null;
let link = 'down';
let answeredAt = null; // when the server last answered, by its own clock
let problem = null;
let drawnSound;
let page = { first: 1, next: 0 }; // of the tiles, where a wall has not room for all of them

function isStale() {
  return !view || link === 'down' || view.stale || view.asOf === null || now() - view.asOf > view.maxGapSeconds * 1000;
}

function draw() {
  view = surge && viewFrom(surge, language());
  if (view) setZone(view.timezone);
  const stale = isStale();
  board.dataset.state = problem ? 'refused' : !view ? 'loading' : stale ? 'stale' : view.band;
  board.classList.toggle('stale-board', stale);
  drawAlarm(stale);
  drawWaiting(stale);
  fill(find('#ladder'), el('h2', { id: 'ladder-name' }, t('ladder.title'), view ? el('span', { class: 'soft' }, ` · ${t('mode.' + view.mode)}`) : null), view ? ladder(view) : null);
  fill(find('#orders'), el('h2', { id: 'orders-name' }, t('orders.title'), view && view.orders.length ? ` · ${view.orders.length}` : ''), view ? orders(view, past.marks, act, { may: whoAmI.mayAct, repeatSeconds: view.repeatSeconds, underWay, undoable }) : null);
  find('#orders').dataset.many = String(Boolean(view) && view.orders.length > 2);
  drawFloor();
  drawFigures();
  drawTrend();
  drawTiles();
  drawLink();
  tick();
  countUnseen(); // last: what is drawn beside the orders may change their height
}

/** Every open order is in sight or counted: the heading says how many lie below the edge. */
function countUnseen() {
  const place = find('#orders');
  const edge = place.getBoundingClientRect().bottom;
  const below = place.scrollHeight > place.clientHeight + 2 ? [...place.querySelectorAll('.order[data-order]')].filter((one) => one.getBoundingClientRect().bottom > edge + 2) : [];
  const unseen = below.length;
  if (document.body.classList.contains('kiosk')) below.forEach((one) => { one.style.visibility = 'hidden'; }); // nobody scrolls a wall: no half an order
  const heading = find('#orders-name');
  const said = unseen ? t('orders.more', { n: unseen }) : '';
  if ((find('.more', heading)?.textContent ?? '') === said) return;
  find('.more', heading)?.remove();
  if (said) heading.append(el('span', { class: 'more', 'data-count': `+${unseen}` }, said));
}

function drawAlarm(stale) {
  const alarm = find('#alarm');
  const text = problem || (!view ? (link === 'down' ? t('alarm.no-server') : '')
    : link === 'down' ? t('alarm.link', { at: clockOf(answeredAt, true) })
      : stale ? (view.asOf === null ? t('alarm.no-reading') : t('alarm.stale', { at: clockOf(view.asOf, true) })) : '');
  alarm.hidden = !text;
  alarm.classList.toggle('mild', link !== 'down' && !chosen);
  // the text of an alert is only touched when it changes: a screen reader would say it again every second
  const since_ = !stale || !view ? '' : link === 'down' ? answeredAt : view.asOf ?? '';
  if (alarm.dataset.text !== text) {
    alarm.dataset.text = text;
    fill(alarm, text, since_ ? [' · ', el('span', { 'aria-hidden': 'true', 'data-since-indeed': since_ }, sinceIndeed(since_))] : null);
  }
}

function drawWaiting(stale) {
  const place = find('#waiting');
  place.classList.toggle('stale', stale);
  place.dataset.band = view && view.waiting !== null ? view.band : 'unknown';
  if (!view) return fill(place, el('h1', { id: 'waiting-name' }, chosen || t('waiting.title')), el('p', { class: 'count', 'data-waiting': '' }, '–'), el('p', { class: 'word' }, t(problem ? 'band.unknown' : 'loading')));
  const shape = SHAPE[stale ? 'unknown' : view.band];
  return fill(place,
    el('h1', { id: 'waiting-name' }, `${view.queue} · ${t('waiting.title')}`, view.asOf !== null && el('span', { class: 'how-old', 'aria-hidden': 'true' }, ' · ', el('span', { 'data-since': view.asOf }, since(view.asOf)), ` ${t('age.ago')}`)),
    el('p', { class: 'count', 'data-waiting': view.waiting ?? '' }, view.waiting === null ? '–' : String(view.waiting)),
    el('p', { class: 'word' }, el('span', { class: 'shape', 'aria-hidden': 'true' }, shape), t(stale ? 'band.stale' : 'band.' + view.band)),
    el('p', { class: 'next' }, whatNext(stale)),
    foremostOrder(),
    el('p', { class: 'facts', 'data-held': view.hold ? '' : null }, view.rung ? t('rung.standing', { n: view.rung }) : t('rung.none'),
        view.asOf !== null && el('span', {}, ` · ${t('age')} `, el('span', { 'data-since': view.asOf }, since(view.asOf)))));
}

/** The order in words, for a wall ten metres away, with its reason. */
function foremostOrder() {
  const order = foremost(view.orders);
  return order && el('p', { class: 'foremost', 'data-status': order.status }, el('b', {}, title(order)), el('span', {}, ` ${t('order.status.' + order.status)} `, el('span', { 'data-since': order.orderedAt }, since(order.orderedAt)), order.reason ? ` · ${order.reason}` : ''));
}

function whatNext(stale) {
  if (stale) return t(link === 'down' ? 'next.link' : view.asOf === null ? 'next.first' : 'next.stale');
  if (view.hold) return [t('next.hold', { n: view.hold.rung, at: momentOf(view.hold.until), who: view.hold.actor }), view.hold.reason ? el('small', {}, ` ${view.hold.reason}`) : null];
  const next = view.next;
  if (!next) return t(view.holding ? 'next.holding' : view.rung === view.rungs.length ? 'next.top' : 'next.nothing');
  const who = within(t('role.' + next.role));
  return [t(next.kind === 'release' ? 'next.release' : 'next.order', { who }), ' ', el('b', { 'data-until': next.at }, countdown(next.at))];
}

function drawFloor() {
  if (!view) return fill(find('#floor'), el('h2', { id: 'floor-name' }, t('floor.title')));
  const fact = (label, value, note) => el('div', {}, el('dt', {}, label), el('dd', {}, value ?? '–', note ? el('small', {}, ' ' + note) : null));
  const { seats } = view;
  fill(find('#floor'), el('h2', { id: 'floor-name' }, t('floor.title')),
    el('dl', {},
      fact(t('seats.free'), seats.free),
      fact(t('seats.signed-in'), seats.signedIn, [seats.required !== null && t('seats.of', { n: seats.required }), seats.planned !== null && t('seats.planned', { n: Math.round(seats.planned * 10) / 10 })].filter(Boolean).join(' · ')),
      fact(t('standby'), view.standby, view.standbyMin ? t('standby.min', { n: view.standbyMin }) : ''),
      view.people.map((one) => fact(t('role.' + one.role), one.available ?? '–', one.onPhone ? t('people.on-phone', { n: one.onPhone }) : ''))),
    view.warnings.map((text) => el('p', { class: 'warn' }, '▲ ' + withClocks(text))));
}

/** What else the switch tells, against target, forecast and plan; nothing where it tells nothing. */
function drawFigures() {
  const place = find('#figures');
  const made = view ? figures(view) : [];
  place.hidden = !made.length;
  fill(place, el('dl', {}, made));
}

function drawTrend() {
  const place = find('#trend');
  const width = place.clientWidth - 34;
  if (!view || width < 60) return fill(place, el('h2', { id: 'trend-name' }, t('trend.title')));
  const height = Math.round(Math.min(420, Math.max(150, innerHeight * 0.22)));
  fill(place, el('h2', { id: 'trend-name' }, t('trend.title'), outsideBand()), trend({
    readings: past.readings, marks: past.marks, thresholds: view.thresholds, until: now(), maxGapSeconds: view.maxGapSeconds, width, height,
  }));
}

/** Rule C10: calls outside the forecast band call for the emergency plan; a day that is over calls for nothing. */
function outsideBand() {
  if (!today || !today.outside_band || now() - Date.parse(today.as_of) > 6 * 3600 * 1000) return null;
  const above = today.calls_so_far > today.upper;
  return el('span', { class: 'tag', 'data-outside-band': above ? 'above' : 'below' }, t(above ? 'trend.above-band' : 'trend.below-band', { at: clockOf(Date.parse(today.first_outside_at)), calls: Math.round(today.calls_so_far), limit: Math.round(above ? today.upper : today.lower) }));
}

function drawTiles() {
  const place = find('#tiles');
  place.hidden = around.total < 2;
  if (place.hidden) return;
  const placed = standing();
  const old = link === 'down' || performance.now() - aroundAt > 3 * AROUND_SECONDS * 1000;
  place.dataset.many = String(around.total > MANY);
  fill(place, around.total > PAGE ? pager(around, placed.length, (offset) => lookAround(offset)) : null,
    tiles(placed.map((one) => ({ ...one, stale: one.stale || old })), chosen, choose));
  const turned = document.body.matches('.kiosk[data-turn="queues"]');
  if (turned) page = pageOf(place, Math.min(page.first, placed.length) - 1);
  find('#shown').textContent = turned && page.last - page.first + 1 < page.of ? t('tiles.shown', { ...page, of: number(around.total) }) : '';
}

/** The queues of the page as they stand, many of them the worst first; a lost link makes every tile old, and leaves each in its place. */
function standing() {
  const all = around.queues.map((one) => (view && one.queue === view.queue ? { ...view, stale: isStale() } : one));
  return all.length > MANY ? worstFirst(all) : all;
}

function drawLink() {
  const place = find('#link');
  if (place.dataset.link !== link || place.dataset.lang !== language()) {
    place.dataset.link = link;
    place.dataset.lang = language();
    place.textContent = t('link.' + link);
  }
  fill(find('#clock'), `${dayOf(now())} ${clockOf(now(), true)}`);
}

const underWay = new Set(); // the acts that were pressed and are not answered yet
const undoable = new Map(); // by order: what was done to it here in the last seconds, and until when it can be taken back

async function act(order, action, body = {}) {
  const pressed = `${order.id}-${action}`;
  underWay.add(pressed);
  draw();
  try {
    await call(PATHS.order(view.queue, order, action), { method: 'POST', body: { ...body, ...whoAmI.badge() }, signal: AbortSignal.timeout(ACT_SECONDS * 1000) });
    say(t('did.' + action, { who: within(t('role.' + order.role)) }));
    undoable.delete(order.id);
    if (MAY_BE_UNDONE.has(action)) mayBeUndone(order, action);
  } catch (error) {
    if (!(error instanceof Refused)) say(error.name === 'TimeoutError' ? t('did.no-answer', { n: ACT_SECONDS }) : t('did.not.sent'), 'bad');
    else say(error.status === 403 ? t('may.not') : error.status === 412 || (error.status === 409 && action !== 'undo') ? t('did.moved') : error.message, 'bad');
  }
  underWay.delete(pressed);
  await following.look();
  draw();
  if (document.activeElement === document.body) find(`[data-order="${CSS.escape(order.id)}"]`)?.focus(); // the pressed button is gone
}

function mayBeUndone(order, action) {
  const told = { order, action, until: now() + UNDO_SECONDS * 1000 };
  undoable.set(order.id, told);
  setTimeout(() => { if (undoable.get(order.id) === told) { undoable.delete(order.id); draw(); } }, UNDO_SECONDS * 1000);
}

function choose(queue, { kept = true } = {}) {
  chosen = queue;
  if (kept) remember('queue', queue);
  const address = new URL(location.href);
  address.searchParams.set('queue', queue);
  history.replaceState(null, '', address);
  start();
}

function start() {
  following?.stop();
  undoable.clear();
  surge = null;
  view = null;
  past = new Past();
  today = null;
  problem = null;
  let first = true;
  draw();
  lookAtTheDay();
  following = follow({
    statePath: PATHS.surge(chosen),
    streamPath: PATHS.stream(chosen),
    onLink: (state) => { link = state; standStill(state === 'down'); draw(); },
    onRefused: (status, body) => {
      surge = null;
      problem = status === 401 ? t('alarm.key') : status === 404 ? t('alarm.no-queue', { queue: chosen }) : new Refused(status, body).message;
      draw();
      if (status === 401) whoAmI.needKey();
    },
    onState: (state, serverNow) => {
      if (serverNow) setNow(serverNow);
      answeredAt = now();
      if (state) {
        surge = state;
        problem = null;
        draw();
        hear(view.orders, first);
        first = false;
        grow();
      }
    },
  });
}

async function grow() {
  const growing = past;
  try {
    growing.grow(await call(PATHS.trend(chosen, growing.version)));
  } catch { return; /* the next state asks again */ }
  if (growing === past && view) draw();
}

/** Whether the day has left its forecast band; a queue without a kept history has none. */
async function lookAtTheDay() {
  const queue = chosen;
  if (!queue) return;
  try {
    const told = await call(PATHS.today(queue));
    if (queue === chosen) today = told;
  } catch { return; /* asked again in a minute */ }
  if (view) drawTrend();
}

async function lookAround(offset = around.offset) {
  try {
    const told = await call(PATHS.wall(offset, PAGE));
    if (offset && offset >= told.total) { await lookAround(0); return; } // fewer than there were
    if (told.total <= MANY) told.queues.sort((a, b) => (a.queue < b.queue ? -1 : 1)); // each in a place of its own
    around = told;
    aroundAt = performance.now();
    const names = around.queues.map((one) => one.queue);
    const all = names.length === around.total;
    if (!chosen || (all && names.length && !names.includes(chosen))) {
      const kept = recall('queue');
      chosen = kept && (!all || names.includes(kept)) ? kept : names[0];
    }
    if (!following && chosen) start();
    drawTiles();
    if (!chosen) { problem = t('alarm.no-queues'); link = 'polling'; draw(); fill(find('#orders'), el('h2', { id: 'orders-name' }, t('first.title')), firstSteps()); }
  } catch (error) {
    if (!following && chosen) start();
    if (!following) { problem = error instanceof Refused ? error.message : t('alarm.no-server'); draw(); }
  }
}

let wasStale;
function everySecond() {
  drawLink();
  tick();
  const stale = isStale();
  if (view && stale !== wasStale) draw();
  wasStale = stale;
  setTimeout(everySecond, 1000 - (now() % 1000));
}

head(() => { drawnSound?.(); draw(); });
drawnSound = soundButton();
find('#hand').addEventListener('click', () => view && supervisorsHand(view, () => following.look()));
addEventListener('resize', () => { if (view) { drawTrend(); countUnseen(); } });
find('#orders').addEventListener('scroll', countUnseen, { passive: true });
kiosk({
  isLive: () => link !== 'down',
  onLook: () => view && draw(),
  onTurn: () => { // a wall of many queues turns between all of them and the one that is worst
    if (around.total <= 1) return false;
    const worst = around.offset ? null : worstFirst(standing())[0];
    if (worst && worst.queue !== chosen) choose(worst.queue, { kept: false });
    if (document.body.dataset.turn === 'queues') page.first = page.next + 1; // what had no room comes the next time
    return true;
  },
});
setInterval(() => view && drawTrend(), 15000);
setInterval(() => lookAround(), AROUND_SECONDS * 1000);
setInterval(lookAtTheDay, 60000);
whoAmI.learn().then(() => view && draw());
lookAround();
everySecond();
