// The few drawings of the page, as elements, because the content security policy takes no inline files.
import type { ComponentChildren } from 'preact';

function Icon({ children, size = 16 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {children}
    </svg>
  );
}

export const Close = () => <Icon size={12}><path d="M3.5 3.5l9 9M12.5 3.5l-9 9" /></Icon>;
export const Plus = () => <Icon size={13}><path d="M8 3v10M3 8h10" /></Icon>;
export const Left = () => <Icon><path d="M10 3.5L5.5 8l4.5 4.5" /></Icon>;
export const Right = () => <Icon><path d="M6 3.5L10.5 8 6 12.5" /></Icon>;
export const Out = () => <Icon size={13}><path d="M6.5 3.5h-3v9h9v-3M9.5 3.5h3v3M12.5 3.5L7.5 8.5" /></Icon>;
export const List = () => <Icon size={13}><path d="M3 4.5h10M3 8h10M3 11.5h6" /></Icon>;
export const Sun = () => <Icon><circle cx="8" cy="8" r="2.8" /><path d="M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1" /></Icon>;
export const Moon = () => <Icon><path d="M13.2 9.6A5.6 5.6 0 1 1 6.4 2.8a4.5 4.5 0 0 0 6.8 6.8z" /></Icon>;
export const Down = () => <Icon size={13}><path d="M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10" /></Icon>;
export const Leave = () => <Icon><path d="M6.5 2.5h-3v11h3M7.5 8h6M11 5.5L13.5 8 11 10.5" /></Icon>;
export const Search = () => <Icon size={14}><circle cx="7" cy="7" r="4" /><path d="M10 10l3.5 3.5" /></Icon>;

// Footfall's mark: two steps.
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <rect class="mark-ground" width="24" height="24" rx="6" />
      <g class="mark-steps">
        <g transform="rotate(-10 8 14)">
          <ellipse cx="8" cy="12.6" rx="2.9" ry="4.1" />
          <ellipse cx="8.3" cy="19.1" rx="2" ry="1.7" />
        </g>
        <g transform="rotate(10 16 8)">
          <ellipse cx="16" cy="7" rx="2.9" ry="4.1" />
          <ellipse cx="15.7" cy="13.5" rx="2" ry="1.7" />
        </g>
      </g>
    </svg>
  );
}
