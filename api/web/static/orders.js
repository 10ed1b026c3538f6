// Open orders: who, how many, how long ago, and one tap for what the supervisor did about it.
import { ask, el, t } from './page.js';
import { now, since } from './time.js';

const REASONS = ['decline.nobody', 'decline.busy', 'decline.falling', 'decline.other'];

/** The cards of `view.orders`; `act(order, action, body)` does what was tapped. */
export function orders(view, act, { may }) {
  if (!view.orders.length) return [el('p', { class: 'none' }, t(view.rung ? 'orders.none.standing' : 'orders.none'))];
  const first = [...view.orders].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)));
  return first.map((order) => card(order, view, act, may));
}

const isOpen = (order) => order.status === 'issued' || order.status === 'delivered';

function card(order, view, act, may) {
  const open = isOpen(order);
  const late = open && now() - order.orderedAt > view.repeatSeconds * 1000;
  const release = order.kind === 'release';
  return el('article', { class: 'order', 'data-order': order.id, 'data-kind': order.kind, 'data-status': order.status, 'data-late': late, 'aria-label': title(order) },
    el('p', { class: 'what' }, title(order)),
    el('p', { class: 'row' },
      el('span', { class: 'age' }, t('order.status.' + order.status), ' · ', el('span', { 'data-since': order.orderedAt }, since(order.orderedAt))),
      order.repeats ? el('span', { class: 'soft' }, t('order.repeated', { n: order.repeats })) : null),
    order.badges.length ? el('p', { class: 'small' }, t('order.badges'), ' ', order.badges.join(' ')) : null,
    el('p', { class: 'reason' }, order.reason, order.rule ? ` (${order.rule})` : ''),
    el('div', { class: 'row' }, release ? releaseButtons(order, act, may) : buttons(order, open, act, may)));
}

const told = (order) => order.status === 'signed_in' || order.status === 'short';
export const title = (order) => `${told(order) ? t('role.' + (order.action === 'lengthen' ? 'lengthen' : order.role)) : t(order.kind === 'release' ? 'order.sign-out' : 'order.sign-in.' + (order.action || 'sign_in'), { who: t('role.' + order.role) })}${order.people ? ' × ' + order.people : ''}`;

const button = (order, action, label, kind, run, may) =>
  el('button', { type: 'button', class: kind, 'data-key': `${order.id}-${action}`, 'data-action': action, disabled: !may, title: may ? undefined : t('may.not'), onclick: run }, label);

function buttons(order, open, act, may) {
  const on = order.signedIn !== null && order.signedIn !== undefined;
  return [
    open && button(order, 'acknowledge', t('order.acknowledge'), 'primary', () => act(order, 'acknowledge'), may),
    !on && button(order, 'signed-in', order.people ? t('order.signed-in', { n: order.people }) : t('order.signed-in.group'), open ? '' : 'primary', () => act(order, 'signed-in', { people: order.people || order.badges.length || 1 }), may),
    button(order, 'count', t('order.count'), 'quiet', () => askCount(order, act), may),
    !on && button(order, 'decline', t('order.decline'), 'quiet', () => askDecline(order, act), may),
    on && button(order, 'release', t('order.release'), '', () => askRelease(order, act), may),
  ];
}

function releaseButtons(order, act, may) {
  return [button(order, 'acknowledge', t('order.signed-out'), 'primary', () => act(order, 'acknowledge'), may)];
}

async function askCount(order, act) {
  const most = Math.max(order.people || 0, order.badges.length, 9);
  const answer = await ask(title(order), el('fieldset', { class: 'row choices' }, el('legend', {}, t('order.how-many')),
    Array.from({ length: most + 1 }, (_, n) => el('label', { class: 'inline' }, el('input', { type: 'radio', name: 'people', value: n, checked: n === (order.signedIn ?? order.people) }), String(n)))));
  if (answer && answer.people !== undefined) act(order, 'signed-in', { people: Number(answer.people) });
}

async function askDecline(order, act) {
  const answer = await ask(t('order.decline.title', { what: title(order) }), [
    el('fieldset', { class: 'choices' }, el('legend', {}, t('why')), REASONS.map((reason, n) =>
      el('label', { class: 'inline' }, el('input', { type: 'radio', name: 'reason', value: t(reason), checked: n === 0 }), t(reason)))),
    el('label', {}, t('why.words'), el('input', { name: 'words', maxlength: 200 }))], { confirm: t('order.decline'), danger: true });
  if (answer) act(order, 'decline', { reason: [answer.reason, answer.words.trim()].filter(Boolean).join(': ') });
}

async function askRelease(order, act) {
  const answer = await ask(t('order.release.title', { what: title(order) }),
    el('label', {}, t('why'), el('input', { name: 'reason', required: true, maxlength: 200, value: t('order.release.reason') })), { confirm: t('order.release') });
  if (answer) act(order, 'release', { reason: answer.reason });
}
