// Several queues at once: a tile each, in the order the server names them so that nobody has to search; of many, the worst first.
import { el, t } from './page.js';

export const SHAPE = { calm: '●', raised: '▲', high: '■', unknown: '✕' };

export const MANY = 8;
const WEIGHT = { high: 3, raised: 2, unknown: 1, calm: 0 };

/** The queues that need somebody before those that do not; those alike in the order the server names them. */
export const worstFirst = (views) => [...views].sort((a, b) => WEIGHT[b.stale ? 'unknown' : b.band] - WEIGHT[a.stale ? 'unknown' : a.band]);

/** Buttons for `views`; the chosen queue is pressed. */
export function tiles(views, chosen, choose) {
  return views.map((view) =>
    el('button', { type: 'button', class: view.stale ? 'tile stale' : 'tile', 'data-key': `tile-${view.queue}`, 'data-queue': view.queue, 'data-band': view.band, 'aria-pressed': String(view.queue === chosen), title: view.queue, onclick: () => choose(view.queue) },
      el('b', {}, view.waiting === null ? '–' : String(view.waiting)),
      el('span', {}, view.queue),
      el('span', { class: 'word' }, `${SHAPE[view.stale ? 'unknown' : view.band]} ${t(view.stale ? 'band.stale' : 'band.' + view.band)}${view.rung && views.length <= MANY ? ' · ' + t('rung.short', { n: view.rung }) : ''}`)));
}
