// What is special about a day, in words.
import { t } from './page.js';

export const dayNames = (one) => [one.make_up ? t('day.make_up') : null, ...one.names.map((name) => (name === 'billing' ? t('day.billing') : name)), one.provisional && one.names.length ? t('day.provisional') : null].filter(Boolean);
