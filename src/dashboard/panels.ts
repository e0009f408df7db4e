/** The panels, in the order of the navigation. The first one is shown where none is named. */

import type { VNode } from 'preact';
import { AdminPanel } from './admin/panel.ts';
import { ChartsPanel } from './charts/panel.ts';
import { KeyPanel } from './key/panel.ts';
import { PlaygroundPanel } from './playground/panel.ts';
import { RingPanel } from './ring/panel.ts';

export interface PanelProps {
  /** What the address asks it to show. */
  readonly query: URLSearchParams;
}

export interface Panel {
  /** In the address. */
  readonly name: string;
  readonly title: string;
  readonly component: (props: PanelProps) => VNode;
}

export const PANELS: readonly [Panel, ...Panel[]] = [
  { name: 'ring', title: 'Ring', component: RingPanel },
  { name: 'key', title: 'Key', component: KeyPanel },
  { name: 'charts', title: 'Charts', component: ChartsPanel },
  { name: 'playground', title: 'Playground', component: PlaygroundPanel },
  { name: 'admin', title: 'Admin', component: AdminPanel },
];
