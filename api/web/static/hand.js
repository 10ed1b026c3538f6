// What a supervisor may do beyond the orders: climb, hold, release, a known fault, the handover; and who is asking.
import { ask, askForKey, call, colon, el, language, listed, recall, Refused, remember, say, t } from './page.js';
import { PATHS, viewFrom } from './queue.js';
import { clockOf, now } from './time.js';

export const whoAmI = {
  mayAct: true,
  ownBadge: '',
  async learn() {
    try {
      const me = await call('/v1/me');
      this.mayAct = me.permissions.includes('act');
      this.ownBadge = me.badge;
    } catch { /* asked again with the next page; the server refuses what this key may not do */ }
  },
  needKey() { askForKey(true); },
  badge() { const badge = recall('badge') || this.ownBadge; return badge ? { badge } : {}; },
};

const HOLD_MINUTES = [10, 30, 60];

/** Ask what to do, and do it. */
export async function supervisorsHand(view, done) {
  const open = await call(`${PATHS.handovers(view.queue)}?limit=5`).then((told) => told.handovers.filter((one) => !one.from_signed_at || !one.to_signed_at), () => []);
  const choices = [ // the likely ones first: to climb by hand is rare, the ladder does it by itself
    ...open.map((one) => [`sign ${one.id}`, t('hand.sign', { from: one.from_badge, to: one.to_badge })]),
    ...(view.hold ? [['resume', t('hand.resume')]] : []),
    ...(view.orders.length && view.band === 'calm' ? [['release', t('hand.release')]] : []),
    ...(view.hold ? [] : HOLD_MINUTES.map((minutes) => [`hold ${minutes}`, t('hand.hold', { at: clockOf(now() + minutes * 60e3) })])),
    ...view.rungs.filter((rung) => rung.number > view.rung).slice(0, 1).map((rung) => [`climb ${rung.number}`, `${t('hand.climb', { n: rung.number })} · ${t('role.' + rung.role)}`]),
    ...(view.orders.length && view.band !== 'calm' ? [['release', t('hand.release')]] : []),
    [view.fault ? 'fault off' : 'fault on', t(view.fault ? 'hand.fault.over' : 'hand.fault')],
    ['handover', t('hand.handover')],
  ];
  const answer = await ask(t('hand.title'), [
    el('fieldset', { class: 'choices' }, el('legend', {}, t('hand.action')), choices.map(([value, words], n) =>
      el('label', { class: 'inline' }, el('input', { type: 'radio', name: 'action', value, checked: n === 0 }), words))),
    el('label', {}, t('hand.badge'), el('input', { name: 'badge', required: true, maxlength: 64, pattern: '[0-9A-Za-z._\\-]+', value: recall('badge') || whoAmI.ownBadge })),
    el('label', {}, t('why'), el('input', { name: 'reason', maxlength: 200 }))]);
  if (!answer) return;
  remember('badge', answer.badge);
  const [action, detail] = answer.action.split(' ');
  const said = { badge: answer.badge, reason: answer.reason.trim() || t('hand.no-reason') };
  try {
    if (action === 'handover') await handover(view, answer.badge);
    else if (action === 'sign') {
      await call(`${PATHS.handovers(view.queue)}/${detail}/sign`, { method: 'POST', body: { badge: answer.badge } });
      say(t('did.handover.own'));
    } else if (action === 'fault') await asItStood(view, PATHS.fault(view.queue), { ...said, standing: detail === 'on' });
    else {
      const more = action === 'climb' ? { rung: Number(detail) } : action === 'hold' ? { rung: view.rung, until: new Date(now() + Number(detail) * 60e3).toISOString() } : {};
      await asItStood(view, PATHS.override(view.queue), { ...said, action, ...more });
    }
    if (action !== 'handover' && action !== 'sign') say(t('did.override'));
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof TypeError)) console.error(error); // a fault of ours, not of the line
    say(error instanceof Refused ? (error.status === 403 ? t('may.not') : error.message) : t('did.not.sent'), 'bad');
  }
  done();
}

const TRIES = 4; // readings move the version on all the time; only what the supervisor decided upon counts
const standing = (view) => JSON.stringify([view.rung, view.orders.map((one) => one.id), Boolean(view.hold), Boolean(view.fault)]);

/** Do it only if the ladder still stands as the supervisor saw it: of two who decide the same, one is told so. */
async function asItStood(view, path, body) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const current = viewFrom(await call(PATHS.surge(view.queue)), language());
    if (standing(current) !== standing(view)) break;
    try {
      await call(path, { method: 'POST', body, headers: { 'If-Match': `"${current.version}"` } });
      return;
    } catch (error) { if (!(error instanceof Refused) || error.status !== 412) throw error; }
  }
  throw new Refused(412, { detail: t('did.moved') });
}

/** Both badges sign what stands: the state and every open item. */
async function handover(view, mine) {
  const answer = await ask(t('handover.title'), [
    el('p', {}, t('handover.about')),
    el('p', {}, el('b', {}, `${view.queue}${colon()}${view.waiting ?? '–'} · ${view.rung ? t('rung.standing', { n: view.rung }) : t('rung.none')} · ${t('orders.title')} ${view.orders.length}`)),
    el('label', {}, t('handover.from'), el('input', { name: 'from', required: true, maxlength: 64, pattern: '[0-9A-Za-z._\\-]+', value: mine })),
    el('label', {}, t('handover.to'), el('input', { name: 'to', required: true, maxlength: 64, pattern: '[0-9A-Za-z._\\-]+' })),
    el('label', {}, t('handover.note'), el('input', { name: 'note', maxlength: 200 }))]);
  if (!answer) return;
  const opened = await call(PATHS.handovers(view.queue), { method: 'POST', body: { from_badge: answer.from, to_badge: answer.to, note: answer.note.trim() || null } });
  const left = [];
  for (const badge of [answer.from, answer.to]) {
    try {
      await call(`${PATHS.handovers(view.queue)}/${opened.id}/sign`, { method: 'POST', body: { badge } });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 403) throw error;
      left.push(badge); // a key that is somebody's own signs for nobody else
    }
  }
  say(left.length ? t('did.handover.waits', { badge: listed(left) }) : t('did.handover'));
}
