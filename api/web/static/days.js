// What is special about a day, in words.
import { language, number, percentSign, saidOf, t } from './page.js';

export const dayNames = (one) => [one.make_up ? t('day.make_up') : null,
  ...saidOf(one, 'names').map((name) => (name === 'billing' ? t('day.billing') : name)),
  one.provisional && one.names.length ? t('day.provisional') : null].filter(Boolean);

/** A factor as planners say it: +24.7 %, −3 %. */
export const change = (factor, digits = 1) => `${factor >= 1 ? '+' : '−'}${number(Math.abs(factor - 1) * 100, digits)}${percentSign()}`;

/** What an effect is called. */
export const effectName = (one) => (language() === 'zh' ? one.zh : one.en);

/** 12/01: a date without its year. */
export const monthDay = (date) => date.slice(5, 10).replace('-', '/');

/** The day of the week of a date, 0 for Monday. */
export const weekdayOf = (date) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

/** The date so many days after another. */
export function dayAfter(date, days) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** 12/01 Tu: a day as a planner reads it. */
export const dayLabel = (date) => `${monthDay(date)} ${t('weekday.of', { day: t(`weekday.${weekdayOf(date)}`) })}`;

/** 2026-12-01 09:00 – 2026-12-01 12:00: from one instant to another, as they are written. */
export const span = (from, to) => [from, to].map((one) => one.slice(0, 16).replace('T', ' ')).join(' – ');

/** 2026-11-25 09:30: an instant where the plan's people are. */
export function stamp(instant, zone) {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone || undefined, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(Date.parse(instant));
  const part = (type) => parts.find((one) => one.type === type).value;
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
}
