// The ladder drawn as a ladder: six boards between two rails, the lowest rung at the bottom.
import { colon, el, number, t } from './page.js';
import { clockOf, countdown } from './time.js';

const WORD = { done: 'rung.done', running: 'rung.running', releasing: 'rung.releasing', skipped: 'rung.skipped', blocked: 'rung.blocked', next: 'rung.next', later: 'rung.later' };

/** The list of rungs of `view`, topmost first. */
export function ladder(view) {
  return el('ol', { class: 'ladder', reversed: true }, [...view.rungs].reverse().map((rung) => {
    const running = rung.state === 'running' || rung.state === 'releasing';
    const board = el('span', { class: 'board' },
      running && rung.fireAt && el('span', { class: 'run', 'data-run-from': rung.runFrom, 'data-run-to': rung.fireAt }),
      el('b', {}, rung.state === 'done' ? `${rung.number} ✓` : String(rung.number)));
    return el('li', { class: 'rung', 'data-state': rung.state, 'data-rung': rung.number, 'aria-current': running ? 'step' : undefined },
      el('span', { class: 'step', 'aria-hidden': 'true' }, board),
      el('div', {},
        el('p', { class: 'who' }, el('span', { class: 'unseen' }, t('rung.number', { n: rung.number }) + ' '), t('role.' + rung.role)),
        el('p', { class: 'when' }, whenOf(rung), rung.note ? '' : [' · ', sizeOf(rung)]))); // who is not called is not counted
  }));
}

function sizeOf(rung) {
  if (rung.people !== null && rung.people !== undefined) return t('people.count', { n: rung.people });
  return t('people.' + (rung.size || 'whole_group'));
}

function whenOf(rung) {
  const word = t(WORD[rung.state] || 'rung.later');
  if (rung.state === 'done') return `${word} ${rung.orderedAt ? clockOf(rung.orderedAt) : ''}${rung.note ? ' · ' + rung.note : ''}`;
  if ((rung.state === 'running' || rung.state === 'releasing') && rung.fireAt) return [word, ' ', el('b', { 'data-until': rung.fireAt }, countdown(rung.fireAt))];
  if (rung.state === 'skipped' || rung.state === 'blocked') return rung.note ? `${word}${colon()}${rung.note}` : word;
  const condition = rung.atMost
    ? t('rung.condition.between', { above: rung.above, most: rung.atMost })
    : t('rung.condition.above', { above: rung.above });
  const hold = !rung.holdSeconds ? t('rung.at-once') : rung.holdSeconds < 60 ? t('rung.hold.seconds', { n: number(rung.holdSeconds, rung.holdSeconds % 1 ? 1 : 0) }) : t('rung.hold', { minutes: number(rung.holdSeconds / 60, rung.holdSeconds % 60 ? 1 : 0) });
  return `${rung.state === 'next' ? word + colon() : ''}${condition}${hold}`;
}
