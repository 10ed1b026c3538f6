// Breaches of the roster's rules, by the rule they break: the server has the words in both languages.
import { el, number, saidOf } from './page.js';

const MOST = 100; // told of one rule

/** What a breach says, and what its rule is called. */
export const said = (one) => saidOf(one, 'message');
export const ruleOf = (one) => saidOf(one, 'label');

/** A list of rules, the most broken first, each opening to what it says. */
export function breaches(broken) {
  const rules = new Map();
  broken.forEach((one) => rules.set(one.rule, [...(rules.get(one.rule) || []), one]));
  const sorted = [...rules.values()].sort((a, b) => b.length - a.length);
  return el('ul', { class: 'breaches' }, sorted.map((ones) => el('li', {}, el('details', {}, el('summary', {}, `${ruleOf(ones[0])} · ${number(ones.length)}`), el('ul', {}, ones.slice(0, MOST).map((one) => el('li', { class: 'small' }, said(one))))))));
}
