// What a supervisor may do beyond the orders: climb, hold, release, a known fault, the handover; and who is asking.
import { ask, askForKey, call, el, recall, Refused, remember, say, t } from './page.js';

export const whoAmI = {
  mayAct: true,
  async learn() {},
  needKey() { askForKey(true); },
  badge() { const badge = recall('badge'); return badge ? { badge } : {}; },
};

export async function supervisorsHand(view, done) {}
