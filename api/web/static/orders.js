// Open orders: who, how many, how long ago, and one tap for what the supervisor did about it.
import { ask, colon, el, t, within } from './page.js';
import { clockOf, countdown, now, since } from './time.js';

const REASONS = ['decline.nobody', 'decline.busy', 'decline.falling', 'decline.other'];
const TOLD_FOR = 5 * 60e3; // how long a sign-out stays on the wall

const isOpen = (order) => order.status === 'issued' || order.status === 'delivered';
const isIn = (order) => order.status === 'signed_in' || order.status === 'short';

/** What an order says: whom to bring in, or who is in. */
export function title(order) {
  const who = t('role.' + order.role);
  return timesPeople(isIn(order) ? who : t('order.sign-in.' + order.action, { who: within(who) }), order);
}

/** The same for a wall, under its heading: who, and how many. */
const brief = (order) => timesPeople(t('role.' + order.role), order);

const timesPeople = (what, { people }) => (people ? `${what} ×\u00a0${people}` : what);

/**
 * The cards of the open orders, those not acknowledged first, and the sign-outs of the last minutes.
 * `act(order, action, body)` does what was tapped; what of it is `underWay` says so, however often the wall is drawn meanwhile,
 * and what is `undoable` can be taken back for some seconds.
 */
export function orders(view, marks, act, { may, repeatSeconds, underWay, undoable }) {
  const sorted = [...view.orders].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)));
  const gone = marks.filter((one) => one.kind === 'release' && now() - one.at < TOLD_FOR).reverse();
  const closed = [...undoable.values()].filter(({ order, action }) => action === 'decline' && !view.orders.some((one) => one.id === order.id));
  return [
    closed.map(({ order, until }) => el('article', { class: 'order', tabindex: -1, 'data-order': order.id, 'data-rung': order.rung, 'data-status': 'declined', 'aria-label': title(order) },
      el('p', { class: 'what' }, title(order)), el('p', { class: 'row' }, el('span', { class: 'status' }, t('order.status.declined'))), el('div', { class: 'row' }, undo(order, until, act, underWay)))),
    sorted.length ? sorted.map((order) => card(order, act, { may, repeatSeconds, underWay, undoable })) : view.asOf === null ? firstSteps(view) : el('p', { class: 'none' }, t('orders.none')),
    gone.map((one) => el('p', { class: 'order', 'data-kind': 'release', 'data-released': one.order_id }, el('b', {}, t('order.sign-out', { who: within(t('role.' + one.role)) })), ` ${clockOf(one.at)}`)),
  ];
}

/** What to do where no reading has ever come: a wall that is new says how it begins. */
export const firstSteps = (view) => el('ol', { class: 'first-steps', 'data-first': '' },
  ['first.key', 'first.send', 'first.play'].map((key) => el('li', {}, t(key), el('code', {}, t(`${key}.how`, { queue: view?.queue ?? 'hotline' })))));

/** The order that has waited longest to be acknowledged, else the newest: what a wall says in large letters. */
export const foremost = (list) => [...list].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || (isOpen(a) ? a.orderedAt - b.orderedAt : b.orderedAt - a.orderedAt))[0];

function card(order, act, { may, repeatSeconds, underWay, undoable }) {
  const done = undoable.get(order.id);
  const late = isOpen(order) && now() - order.orderedAt > repeatSeconds * 1000;
  return el('article', { class: 'order', tabindex: -1, 'data-order': order.id, 'data-rung': order.rung, 'data-status': order.status, 'data-late': late, 'aria-label': title(order) },
    el('p', { class: 'what' }, el('span', {}, title(order)), el('b', { class: 'brief', 'aria-hidden': 'true' }, brief(order))),
    el('p', { class: 'row' },
      el('span', { class: 'age' }, el('span', { class: 'status' }, `${t('order.status.' + order.status)} · `), el('span', { 'data-since': order.orderedAt }, since(order.orderedAt))),
      isIn(order) && order.signedIn !== order.people && order.people ? el('span', {}, t('order.of', { n: order.signedIn ?? 0, of: order.people })) : null,
      order.repeats ? el('span', { class: 'soft' }, t('order.repeated', { n: order.repeats })) : null),
    order.badges.length ? el('p', { class: 'small' }, t('order.badges'), ' ', order.badges.join(' ')) : null,
    order.reason ? el('p', { class: 'reason', title: order.reason }, order.reason) : null,
    el('div', { class: 'row' }, buttons(order, act, may, underWay), done && undo(order, done.until, act, underWay)));
}

/** Take back what was done to the order here a moment ago; it says how long that is still possible. */
function undo(order, until, act, underWay) {
  const sent = underWay.has(`${order.id}-undo`);
  return el('button', { type: 'button', class: 'undo', 'data-key': `${order.id}-undo`, 'data-action': 'undo', disabled: sent, 'aria-busy': sent ? 'true' : null, onclick: () => act(order, 'undo') },
    sent ? t('did.sending') : [t('order.undo'), ' ', el('span', { 'data-until': until, 'aria-hidden': 'true' }, countdown(until))]);
}

function buttons(order, act, may, underWay) {
  const button = (action, label, kind, run) => {
    const sent = underWay.has(`${order.id}-${action}`);
    return el('button', { type: 'button', class: kind, 'data-key': `${order.id}-${action}`, 'data-action': action, disabled: !may || sent, 'aria-busy': sent ? 'true' : null, title: may ? undefined : t('may.not'), onclick: run }, sent ? t('did.sending') : label);
  };
  const all = order.people || order.badges.length;
  return [
    isOpen(order) && button('acknowledge', t('order.acknowledge'), 'primary', () => act(order, 'acknowledge')),
    !isIn(order) && button('signed-in', all ? t('order.signed-in', { n: all }) : t('order.signed-in.group'), isOpen(order) ? '' : 'primary', () => (all ? act(order, 'signed-in', { people: all }) : askCount(order, act))),
    button('count', t('order.count'), 'quiet', () => askCount(order, act)),
    !isIn(order) && button('decline', t('order.decline'), 'quiet', () => askDecline(order, act)),
    isIn(order) && button('release', t('order.release'), '', () => askRelease(order, act)),
  ];
}

async function askCount(order, act) {
  const most = Math.max(order.people || 0, order.badges.length, 9);
  const answer = await ask(title(order), el('fieldset', { class: 'choices' }, el('legend', {}, t('order.how-many')),
    Array.from({ length: most + 1 }, (_, n) => el('label', { class: 'inline' }, el('input', { type: 'radio', name: 'people', value: String(n), checked: n === (order.signedIn ?? order.people ?? 1) }), String(n)))));
  if (answer?.people !== undefined) act(order, 'signed-in', { people: Number(answer.people) });
}

async function askDecline(order, act) {
  const answer = await ask(t('order.decline.title', { what: title(order) }), [
    el('fieldset', { class: 'choices' }, el('legend', {}, t('why')), REASONS.map((reason, n) =>
      el('label', { class: 'inline' }, el('input', { type: 'radio', name: 'reason', value: t(reason), checked: n === 0 }), t(reason)))),
    el('label', {}, t('why.words'), el('input', { name: 'words', maxlength: 200 }))], { confirm: t('order.decline'), danger: true });
  if (answer) act(order, 'decline', { reason: [answer.reason, answer.words.trim()].filter(Boolean).join(colon()) });
}

async function askRelease(order, act) {
  const answer = await ask(t('order.release.title', { what: title(order) }),
    el('label', {}, t('why'), el('input', { name: 'reason', required: true, maxlength: 200, value: t('order.release.reason') })), { confirm: t('order.release') });
  if (answer) act(order, 'release', { reason: answer.reason });
}
