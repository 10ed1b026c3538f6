// Several queues at once: a tile each, in the order the server names them so that nobody has to search; of many, the worst first.
import { el, number, t } from './page.js';

export const SHAPE = { calm: '●', raised: '▲', high: '■', unknown: '✕' };

export const MANY = 8;
export const PAGE = 40; // tiles at once, of all the queues there may be
const WEIGHT = { high: 3, raised: 2, unknown: 1, calm: 0 };

/** The queues that need somebody before those that do not, within a band the longer ones first. */
export const worstFirst = (views) => [...views].sort((a, b) => WEIGHT[b.stale ? 'unknown' : b.band] - WEIGHT[a.stale ? 'unknown' : a.band] || (b.waiting ?? -1) - (a.waiting ?? -1));

/** A name of Chinese characters alone is read from as far in smaller type than letters and figures are. */
const HAN_ALONE = /^(?=.*[\u3400-\u9fff])[^A-Za-z0-9]+$/;

/** Buttons for `views`; the chosen queue is pressed. */
export function tiles(views, chosen, choose) {
  return views.map((view) =>
    el('button', { type: 'button', class: view.stale ? 'tile stale' : 'tile', 'data-key': `tile-${view.queue}`, 'data-queue': view.queue, 'data-band': view.band, 'aria-pressed': String(view.queue === chosen), title: view.queue, onclick: () => choose(view.queue) },
      el('b', {}, view.waiting === null ? '–' : String(view.waiting)),
      el('span', { class: 'called', 'data-han': HAN_ALONE.test(view.queue) ? '' : null }, view.queue),
      el('span', { class: 'word' }, `${SHAPE[view.stale ? 'unknown' : view.band]} `, el('span', { class: 'said' }, `${t(view.stale ? 'band.stale' : 'band.' + view.band)}${view.rung && views.length <= MANY ? ' · ' + t('rung.short', { n: view.rung }) : ''}`))));
}

/**
 * On a wall that has not room for all tiles: leave those in sight that stand whole, from the one numbered `from` on.
 * Returns which are seen (counted from 1) and where the next page begins, again with the first after the last.
 */
export function pageOf(place, from) {
  const all = [...place.querySelectorAll('.tile')];
  all.forEach((tile, n) => { tile.hidden = n < from; });
  const edge = place.getBoundingClientRect().bottom + 1;
  const cut = all.findIndex((tile, n) => n > from && tile.getBoundingClientRect().bottom > edge);
  const end = cut < 0 ? all.length : cut;
  all.slice(end).forEach((tile) => { tile.hidden = true; });
  return { first: from + 1, last: end, of: all.length, next: end < all.length ? end : 0 };
}

/** How many queues are in each band, and the way to the others where there are more than a page. */
export function pager({ total, offset, bands }, shown, turn) {
  const to = (place, words, label) => el('button', { type: 'button', class: 'quiet', 'data-key': `turn-${words}`, 'aria-label': label, disabled: place < 0 || place >= total, onclick: () => turn(place) }, words);
  const after = total - offset - shown;
  return el('div', { class: 'pager', role: 'group', 'aria-label': t('tiles.label') },
    el('span', { class: 'bands' }, Object.entries(bands).filter(([, count]) => count).map(([band, count]) =>
      el('span', { 'data-band': band, 'data-count': count }, `${SHAPE[band]} ${t(band === 'unknown' ? 'band.stale' : 'band.' + band)} ${number(count)}`))),
    el('span', { class: 'more', 'data-count': after ? `+${number(after)}` : '' }, after ? t('tiles.more', { n: number(after) }) : ''),
    el('span', { class: 'turn' },
      to(offset ? Math.max(0, offset - PAGE) : -1, '‹', t('tiles.before')),
      el('span', { class: 'place' }, t('tiles.shown', { first: number(offset + 1), last: number(offset + shown), of: number(total) })),
      to(offset + PAGE, '›', t('tiles.after'))));
}
