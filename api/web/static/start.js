// Before the first paint: the language and the theme, so that nothing flashes.
(() => {
  const asked = new URLSearchParams(location.search);
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const browser = (navigator.languages || [navigator.language || 'en'])[0].toLowerCase().startsWith('zh') ? 'zh' : 'en';
  const pick = (name, allowed, fallback) =>
    [asked.get(name), stored('huawu.' + name), fallback].find((value) => allowed.includes(value));
  const root = document.documentElement;
  root.lang = pick('lang', ['zh', 'en'], browser) === 'zh' ? 'zh-Hans' : 'en';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paint = () => { root.dataset.theme = pick('theme', ['light', 'dark'], dark.matches ? 'dark' : 'light'); };
  paint();
  dark.addEventListener('change', paint);
})();
