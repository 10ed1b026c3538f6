// Several queues at once: a tile each, in the order the server names them so that nobody has to search.
import { el, t } from './page.js';

export const SHAPE = { calm: '●', raised: '▲', high: '■', unknown: '✕' };

/** Buttons for `views`; the chosen queue is pressed. */
export function tiles(views, chosen, choose) {
  return views.map((view) =>
    el('button', { type: 'button', class: view.stale ? 'tile stale' : 'tile', 'data-key': `tile-${view.queue}`, 'data-queue': view.queue, 'data-band': view.band, 'aria-pressed': String(view.queue === chosen), onclick: () => choose(view.queue) },
      el('b', {}, view.waiting === null ? '–' : String(view.waiting)),
      el('span', {}, view.queue),
      el('span', { class: 'word' }, `${SHAPE[view.stale ? 'unknown' : view.band]} ${t(view.stale ? 'band.stale' : 'band.' + view.band)}${view.rung ? ' · ' + t('rung.short', { n: view.rung }) : ''}`)));
}
