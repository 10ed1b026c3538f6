// The codes a cell may hold, as planners read and type them: whole, as the grid shows them, by their hours, or by a prefix.
import { number, t } from './page.js';

/** A code short enough for a cell: the family and the start. */
export function shown(code) {
  if (code === '') return '·';
  if (code === 'leave' || code === 'standby') return t(`shift.${code}.short`);
  return code.split('/')[0].replace(/^([A-Z])(\d\d)00$/, '$1$2');
}

/** The same where there is room for words. */
export const named = (code) => (code === '' || code === 'off' ? t('shift.off') : code === 'leave' || code === 'standby' ? t(`shift.${code}`) : shown(code));

const clock = (text) => { const [hours, minutes = '00'] = text.split(':'); return `${hours.padStart(2, '0')}:${minutes}`; };

export class Codes {
  /** The shifts as the service tells them. */
  constructor(shifts) {
    const set = (code, kind, names) => ({ code, kind, start: '', end: '', hours: null, names: [shown(code), ...names] });
    this.all = [
      ...shifts.map((one) => ({ code: one.code, kind: one.kind, start: one.start, end: one.end === '00:00' ? '24:00' : one.end, hours: one.worked_minutes / 60, names: [shown(one.code)] })),
      set('standby', 'standby', ['备班', '应急', '应急待命', '待命', 'stby', 'sb']), set('leave', 'leave', ['休假', '假', 'lv']), set('', 'off', ['休息', '休', 'off', '-']),
    ];
  }

  /** What a typed text means: {code}, {several: [...]} or, where it is no code at all, {}. */
  resolve(text) {
    const typed = text.trim().toLowerCase();
    const found = this.matching(typed, true);
    const [only] = found;
    if (found.length === 1 || only?.code.toLowerCase() === typed || typed === '') return { code: only?.code ?? '' };
    return found.length ? { several: found } : {};
  }

  /** Those a text may stand for, best first. Strict: a name in full leaves no others. */
  matching(text, strict = false) {
    const typed = text.trim().toLowerCase();
    if (!typed) return strict ? this.all.filter((one) => one.code === '') : this.all;
    const exact = this.all.filter((one) => one.code.toLowerCase() === typed || one.names.some((name) => name.toLowerCase() === typed));
    if (strict && exact.length) return exact;
    const hours = /^(\d{1,2}(?::\d\d)?)\s*[-–—~到]\s*(\d{1,2}(?::\d\d)?)$/.exec(typed);
    if (hours) return this.all.filter((one) => one.start === clock(hours[1]) && (one.end === clock(hours[2]) || (one.end === '24:00' && clock(hours[2]) === '00:00')));
    const begins = this.all.filter((one) => one.code.toLowerCase().startsWith(typed) || one.names.some((name) => name.toLowerCase().startsWith(typed)));
    return [...exact, ...begins.filter((one) => !exact.includes(one))];
  }

  /** How a code is explained, which stands before it: 06:00–14:00 · 7.2 h. */
  words(one) {
    const name = one.code === '' ? t('shift.off') : one.hours === null ? t(`shift.${one.code}`) : `${one.start}–${one.end}`;
    return one.hours === null ? name : `${name} · ${t('grid.hours', { n: number(one.hours, 1) })}`;
  }
}
