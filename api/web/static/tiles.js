// Several queues at once: a tile each, in the order the server names them so that nobody has to search; of many, the worst first.
import { el, t } from './page.js';

export const SHAPE = { calm: '●', raised: '▲', high: '■', unknown: '✕' };

export const MANY = 8;
const WEIGHT = { high: 3, raised: 2, unknown: 1, calm: 0 };

/** The queues that need somebody before those that do not, within a band the longer ones first. */
export const worstFirst = (views) => [...views].sort((a, b) => WEIGHT[b.stale ? 'unknown' : b.band] - WEIGHT[a.stale ? 'unknown' : a.band] || (b.waiting ?? -1) - (a.waiting ?? -1));

/** How long a name is to be written: of itself, `long` (two lines on a wall) or `very` (three). */
function lengthOf(name) {
  const widths = [...name].reduce((sum, one) => sum + (one > '\u2e80' ? 2 : 1), 0);
  return widths > 24 ? 'very' : widths > 9 ? 'long' : null;
}

/** Buttons for `views`; the chosen queue is pressed. */
export function tiles(views, chosen, choose) {
  return views.map((view) =>
    el('button', { type: 'button', class: view.stale ? 'tile stale' : 'tile', 'data-key': `tile-${view.queue}`, 'data-queue': view.queue, 'data-band': view.band, 'aria-pressed': String(view.queue === chosen), title: view.queue, onclick: () => choose(view.queue) },
      el('b', {}, view.waiting === null ? '–' : String(view.waiting)),
      el('span', { class: 'called', 'data-long': lengthOf(view.queue) }, view.queue),
      el('span', { class: 'word' }, `${SHAPE[view.stale ? 'unknown' : view.band]} `, el('span', { class: 'said' }, `${t(view.stale ? 'band.stale' : 'band.' + view.band)}${view.rung && views.length <= MANY ? ' · ' + t('rung.short', { n: view.rung }) : ''}`))));
}
