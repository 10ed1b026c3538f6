// Writing one cell: a field over it, and below it the codes that it may hold, with their hours.
import { el, listed, say, t } from './page.js';
import { shown } from './shift_codes.js';

const SHOWN = 40; // choices in the list

/**
 * Open the field over `cell` within `view`. `codes` are the codes (`Codes`); `take(code, {all})` hears what was written
 * (`all`: into the whole range).
 */
export function editCell({ view, cell, label, start, value, codes, take }) {
  const list = el('ul', { class: 'picker', role: 'listbox', id: 'shift-choices', 'aria-label': t('grid.choices') });
  const input = el('input', { class: 'cell-input', value: start ?? value, 'aria-label': label, role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'shift-choices', 'aria-autocomplete': 'list', autocomplete: 'off' });
  let chosen = -1;
  let over = false;

  function draw(text) {
    const found = codes.matching(text).slice(0, SHOWN);
    chosen = -1;
    list.replaceChildren(...found.map((one, n) => el('li', { role: 'option', id: `shift-choice-${n}`, 'data-code': one.code, 'aria-selected': 'false', onmousedown: (event) => event.preventDefault(), onclick: () => close(one.code) },
      el('i', { class: 'swatch', 'data-kind': one.kind }, shown(one.code)), ` ${codes.words(one)}`)));
    list.hidden = !found.length;
  }

  function move(step) {
    const options = [...list.children];
    if (!options.length) return;
    options[chosen]?.setAttribute('aria-selected', 'false');
    chosen = (chosen + step + options.length) % options.length;
    options[chosen].setAttribute('aria-selected', 'true');
    options[chosen].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', options[chosen].id);
  }

  function close(code, options = {}) {
    if (over) return;
    over = true;
    input.remove();
    list.remove();
    cell.classList.remove('editing');
    cell.focus({ preventScroll: true });
    if (code !== undefined) take(code, options);
  }

  /** Take what is written; where it may mean several codes, say so and stay. */
  function accept({ all = false, stay = true } = {}) {
    const picked = list.children[chosen];
    if (picked) return close(picked.dataset.code, { all });
    const meant = codes.resolve(input.value);
    if (meant.several) {
      say(t('grid.several', { typed: input.value.trim(), codes: listed(meant.several.slice(0, 8).map((one) => one.code)) }), 'bad');
      return stay ? undefined : close();
    }
    return close(meant.code ?? input.value.trim(), { all });
  }

  input.addEventListener('input', () => draw(input.value));
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); move(event.key === 'ArrowDown' ? 1 : -1); }
    if (event.key === 'Enter') { event.preventDefault(); accept({ all: event.ctrlKey || event.metaKey }); }
    if (event.key === 'Escape') close();
  });
  input.addEventListener('blur', () => accept({ stay: false }));
  cell.classList.add('editing');
  view.append(input, list);
  const box = cell.getBoundingClientRect();
  const outer = view.getBoundingClientRect();
  const left = Math.min(box.left - outer.left, view.clientWidth - 350);
  const below = outer.bottom - box.bottom > 190;
  Object.assign(input.style, { left: `${box.left - outer.left + view.scrollLeft}px`, top: `${box.top - outer.top + view.scrollTop}px` });
  Object.assign(list.style, { left: `${Math.max(0, left) + view.scrollLeft}px`, top: `${(below ? box.bottom : box.top) - outer.top + view.scrollTop}px`, transform: below ? '' : 'translateY(-100%)' });
  draw(start ?? '');
  input.focus();
  if (start === undefined) input.select();
}
