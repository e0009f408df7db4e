/** What is around all panels: navigation, how the cluster is, the theme, the token. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ClusterStatus } from '../client/cluster-documents.ts';
import { type Live, useLive } from './live.ts';
import { PANELS } from './panels.ts';
import { hashOf, type Place, placeOf } from './route.ts';
import { SignIn } from './sign-in.ts';
import { applyTheme, currentTheme, THEMES, type Theme } from './theme.ts';
import { currentAccess, currentToken, forgetToken, onAccessChange } from './token.ts';

export function Shell(): VNode {
  const place = usePlace();
  useAccess();
  const panel = PANELS.find(({ name }) => name === place.name) ?? PANELS[0];
  useEffect(() => {
    document.title = `${panel.title} · Quorate`;
  }, [panel]);
  const isShut = currentAccess() === 'needed';
  return html`
    <a class="skip" href="#panel">Skip to the panel</a>
    <header class="top">
      <a class="brand" href=${hashOf(PANELS[0].name)}>Quorate</a>
      <nav aria-label="Panels">
        ${PANELS.map(({ name, title }) => {
          const isCurrent = name === panel.name;
          return html`<a href=${hashOf(name)} aria-current=${isCurrent ? 'page' : undefined}>${title}</a>`;
        })}
      </nav>
      ${!isShut && html`<${ClusterState} />`}
      <${ThemeChoice} />
      ${currentToken() !== undefined && html`<button type="button" class="plain" onClick=${forgetToken}>Sign out</button>`}
    </header>
    <main id="panel" tabindex="-1" data-panel=${panel.name}>
      ${isShut ? html`<${SignIn} />` : html`<${panel.component} query=${place.query} />`}
    </main>
  `;
}

const STATE_EVERY_MS = 2_000;

function ClusterState(): VNode {
  const live = useLive<ClusterStatus>('/cluster', STATE_EVERY_MS);
  const { tone, text } = clusterText(live);
  return html`<p class="cluster-state" role="status"><span class=${`dot ${tone}`} aria-hidden="true"></span>${text}</p>`;
}

interface StateText {
  readonly tone: 'good' | 'warn' | 'bad' | 'unknown';
  readonly text: string;
}

/** In the words of whoever runs the cluster; the worst thing first. */
export function clusterText({ document, error }: Live<ClusterStatus>): StateText {
  if (error !== undefined) return { tone: 'bad', text: `no answer: ${error.message}` };
  if (document === undefined) return { tone: 'unknown', text: 'asking the node …' };
  const { members, leader, node, ready, epoch } = document;
  const reachable = members.filter((member) => member.reachable).length;
  const of = `${reachable} of ${members.length} nodes reachable from ${node}`;
  if (epoch === null) return { tone: 'warn', text: `the ring is not drawn yet; ${of}` };
  if (!ready) return { tone: 'warn', text: `${node} is not ready; ${of}` };
  if (leader === null) return { tone: 'warn', text: `no leader of the metadata group; ${of}` };
  const given = document.faultyLinks ?? [];
  if (given.length > 0) {
    return { tone: 'warn', text: `${of}; it was given faults to ${given.join(', ')}` };
  }
  return { tone: reachable === members.length ? 'good' : 'warn', text: of };
}

function ThemeChoice(): VNode {
  const [theme, setTheme] = useState(currentTheme);
  const choose = (event: Event) => {
    const chosen = (event.currentTarget as HTMLSelectElement).value as Theme;
    applyTheme(chosen);
    setTheme(chosen);
  };
  return html`
    <label class="theme">
      <span class="visually-hidden">Colours</span>
      <select value=${theme} onChange=${choose}>
        ${THEMES.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>
    </label>
  `;
}

function usePlace(): Place {
  const read = () => placeOf(location.hash, PANELS[0].name);
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const onChange = () => setPlace(read());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return place;
}

/** Draws anew when a token is asked for or given. */
function useAccess(): void {
  const [, setCount] = useState(0);
  useEffect(() => onAccessChange(() => setCount((count) => count + 1)), []);
}
