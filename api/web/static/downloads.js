// Files that the server makes: fetched with the key, and handed to the browser.
import { credentials, el, language, Refused, t, tell } from './page.js';

/** Fetch with the key, and hand the bytes to the browser as a file. */
export async function take(path, name, options = {}) {
  try {
    const response = await fetch(path, { ...options, headers: credentials() });
    if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({ title: response.statusText })));
    const given = /filename\*?="?(?:UTF-8'')?([^";]+)/.exec(response.headers.get('Content-Disposition') || '');
    const address = URL.createObjectURL(await response.blob());
    const link = el('a', { href: address, download: given ? decodeURIComponent(given[1]) : name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch (error) { tell(error); }
}

/** An empty workbook to fill in. */
export function templateButton(kind) {
  return el('button', { type: 'button', class: 'quiet', 'data-template': kind, onclick: () => take(`/v1/templates/${kind}?lang=${language()}`, `${kind}.xlsx`) }, t('template'));
}
