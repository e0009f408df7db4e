/** Light, dark, or as the system has it; remembered by the browser. */

const KEY = 'quorate-theme';

export const THEMES = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'auto';
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  showTheme();
}

/** Style sheets go by `data-theme`, which is always `light` or `dark`. */
export function showTheme(): void {
  const theme = currentTheme();
  const system = DARK.matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme === 'auto' ? system : theme;
  document.dispatchEvent(new Event(THEME_SHOWN));
}

/** Told on `document` when colours may have changed, for what is drawn on a canvas. */
export const THEME_SHOWN = 'quorate-theme-shown';

const DARK = matchMedia('(prefers-color-scheme: dark)');
DARK.addEventListener('change', showTheme);
