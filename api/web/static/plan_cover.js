// Somebody cannot come: who could lawfully work the shift instead, and why the others could not.
import { call, el, fill, number, saidOf, t, tell } from './page.js';
import { dayLabel } from './days.js';
import { named } from './shift_codes.js';

const SHOWN = 12;

/** The question for the cell that was last chosen; `give(cells)` writes what was decided. */
export class Cover {
  constructor(context, give) {
    this.context = context;
    this.give = give;
    this.place = el('div', { 'data-part': 'cover' });
    this.answer = el('div', {});
    this.head = el('div', {});
    fill(this.place, el('h3', {}, t('cover.title')), this.head, this.answer);
    this.choose(null, null, '');
  }

  choose(badge, date, shift) {
    const works = shift && shift !== 'leave' && shift !== 'standby';
    fill(this.answer);
    fill(this.head, works && !this.context.frozen
      ? el('button', { type: 'button', 'data-action': 'cover', onclick: () => this.ask(badge, date).catch(tell) }, t('cover.ask', { badge, day: dayLabel(date), shift: named(shift) }))
      : el('p', { class: 'hint small' }, t('cover.about')));
  }

  async ask(badge, date) {
    const told = await call(`${this.context.url}/roster/cover?${new URLSearchParams({ badge, date })}`);
    const lawful = told.people.filter((one) => one.lawful);
    const others = told.people.filter((one) => !one.lawful);
    const instead = (one) => [{ badge, date, shift: 'leave' }, { badge: one.badge, date, shift: told.shift }];
    fill(this.answer, lawful.length ? el('ul', { class: 'cover' }, lawful.slice(0, SHOWN).map((one) => el('li', { class: 'row', 'data-cover': one.badge }, el('b', {}, one.badge), el('span', { class: 'soft' }, t('cover.left', { n: number(one.minutes_left / 60, 1) })),
      el('button', { type: 'button', onclick: () => { fill(this.answer); this.give(instead(one)); } }, t('cover.give'))))) : el('p', { class: 'verdict bad' }, t('cover.nobody')),
    lawful.length > SHOWN ? el('p', { class: 'hint small' }, t('cover.more', { n: number(lawful.length - SHOWN) })) : null,
    others.length ? el('details', {}, el('summary', {}, t('cover.others', { n: number(others.length) })), el('ul', {}, others.slice(0, 40).map((one) => el('li', { class: 'small' }, el('b', {}, one.badge), ' ', saidOf(one, 'reason'))))) : null);
  }
}
