// Light, dark, or as the system says; remembered in this browser.
import { Cell } from './cell';

export type Theme = 'system' | 'light' | 'dark';

const key = 'footfall.theme';

function remembered(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Cell<Theme>(remembered());

function apply(value: Theme): void {
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

export function isDark(value: Theme): boolean {
  return value === 'dark' || (value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
}

export function chooseTheme(value: Theme): void {
  try {
    if (value === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still shows the theme until the page is left.
  }
  apply(value);
  theme.set(value);
}

apply(theme.get());
