// The page's clock runs on the server's time: a wallboard whose own clock is wrong still counts right.
import { language, t } from './page.js';

let offset = 0; // server minus browser, milliseconds
let zone;

/** Learn the server's time; whole-second heads are only believed when they differ by more than they can hide. */
export function setNow(serverNow) {
  const difference = serverNow - Date.now();
  if (Math.abs(difference - offset) > 1500) offset = difference;
}
export const setZone = (name) => { zone = name; };
export const now = () => Date.now() + offset;

const format = (options) => new Intl.DateTimeFormat(language() === 'zh' ? 'zh-Hans' : 'en-GB', { hourCycle: 'h23', timeZone: zone, ...options });
export const clockOf = (instant, seconds = false) => format({ hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) }).format(instant);
export const dayOf = (instant) => format({ month: 'short', day: 'numeric', weekday: 'short' }).format(instant);
/** A moment of today by the clock; one further off with its day. */
export const momentOf = (instant) => (Math.abs(instant - now()) < 12 * 3600e3 ? clockOf(instant) : `${dayOf(instant)} ${clockOf(instant)}`);

/** A sentence of the server's, its instants as a clock on the wall shows them. */
export const withClocks = (text) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)/g, (instant) => momentOf(Date.parse(instant)));

const pad = (value) => String(value).padStart(2, '0');
/** 4:05, or 1:04:05: how long `milliseconds` last. */
function spanOf(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}
let stoodAt = null;
/** Stop the page's clocks while nobody knows whether what they count is still so; only the alarm goes on counting. */
export const standStill = (stopped) => { stoodAt = stopped ? stoodAt ?? now() : null; };
const shown = () => stoodAt ?? now();
export const countdown = (instant) => (instant - shown() <= 0 ? t('due') : spanOf(instant - shown() + 999));
export const since = (instant) => spanOf(shown() - instant);
export const sinceIndeed = (instant) => spanOf(now() - instant);

/** Bring everything on the page that counts up to the moment: data-until, data-since, data-since-indeed, data-run-from/-to. */
export function tick(within = document) {
  within.querySelectorAll('[data-until]').forEach((node) => { node.textContent = countdown(Number(node.dataset.until)); });
  within.querySelectorAll('[data-since]').forEach((node) => { node.textContent = since(Number(node.dataset.since)); });
  within.querySelectorAll('[data-since-indeed]').forEach((node) => { node.textContent = sinceIndeed(Number(node.dataset.sinceIndeed)); });
  within.querySelectorAll('[data-run-from]').forEach((node) => {
    const from = Number(node.dataset.runFrom);
    const share = (shown() - from) / Math.max(1, Number(node.dataset.runTo) - from);
    node.style.transform = `scaleX(${Math.min(1, Math.max(0, share)).toFixed(4)})`;
  });
}
