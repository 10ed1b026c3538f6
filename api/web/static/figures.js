// What else the switch tells than who waits, each beside its target, forecast or day so far, where that is known.
import { el, percent as share, t } from './page.js';

const percent = (value) => share(value, 0);
const whole = (number) => String(Math.round(number));
const clock = (seconds) => `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;
const STATES = ['talking', 'ready', 'wrapping_up', 'paused'];
const together = (parts) => parts.filter(Boolean).join(' · ');

/** The figures of a view, most urgent first; empty if nothing of them is told. */
export function figures({ measures, target, load }) {
  const told = (name, show) => (measures[name] === undefined ? '' : show(measures[name]));
  const said = (words, value) => value && t(`figures.${words}`, { value });
  const day = (name, show) => said('today', told(`${name}_today`, show));
  const abandoned = (of) => together([told(`calls_abandoned${of}`, whole), told(`abandonment${of}`, percent)]);
  const known = (value, show) => (value === null ? '' : show(value));
  const band = load.band && t('figures.band', { lower: whole(load.band[0]), upper: whole(load.band[1]) });
  const level = [told('service_level', percent), day('service_level', percent)];
  const outside = load.calls !== null && load.band && (load.calls < load.band[0] || load.calls > load.band[1]);
  return [
    ['longest-wait', told('longest_wait_seconds', clock)],
    ['service-level', level[0], [level[1], level.some(Boolean) && said('target', percent(target))], measures.service_level < target],
    ['answer-rate', told('answer_rate', percent), [day('answer_rate', percent)]],
    ['abandoned', abandoned(''), [said('today', abandoned('_today'))]],
    ['occupancy', told('occupancy', percent)],
    ['calls', known(load.calls, whole), [said('forecast', known(load.forecast, whole)), band, said('came', told('calls_offered_today', whole))], outside],
    ['handling-time', known(load.aht, clock), [said('forecast', known(load.ahtForecast, clock))]],
    ['agents', together(STATES.map((name) => told(`agents_${name}`, (count) => t(`agents.${name}`, { n: whole(count) }))))],
  ].map(([name, value, notes = [], off = false]) => ({ name, value, note: together(notes), off }))
    .filter(({ value, note }) => value || note)
    .map(({ name, value, note, off }) => el('div', off ? { 'data-off': '' } : {}, el('dt', {}, t(`figures.${name}`)), el('dd', {}, value || '–', note ? el('small', {}, ` ${note}`) : null)));
}
