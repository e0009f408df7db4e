/** The playground on a cluster that runs: what is done to it, and what its clients meet. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ClusterStatus } from '../../client/cluster-documents.ts';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { send, sendJson } from '../api.ts';
import { ChoiceCard } from './choice-card.ts';
import { ClientsCard } from './clients-card.ts';
import { type Chosen, ClusterDrawing } from './cluster-drawing.ts';
import { explain } from './explanation.ts';
import { ExplanationCard } from './explanation-card.ts';
import {
  cutInto,
  healed,
  isAllWell,
  type Side,
  sidesOf,
  type Tables,
  withAll,
  withNodeMoved,
} from './fault-plan.ts';
import { faultsText } from './fault-text.ts';
import { LiveRun } from './live-run.ts';
import { bucketOf, PRESETS, type Preset } from './presets.ts';
import { RunCard } from './run-card.ts';
import { useMedia, useTicking } from './ticking.ts';
import { useFaults } from './use-faults.ts';
import type { Settings } from './workload.ts';

const TICK_MS = { moving: 250, calm: 1_000 };
/** What counts as how things are now. */
const RECENT_MS = 5_000;
const PER_SECOND = 3;
/** The browser has few connections for the page, and nodes that hang hold each of theirs. */
const READERS_AT_FIRST = 4;

export function LiveView({ cluster }: { cluster: ClusterStatus }): VNode {
  const names = useMemo(() => namesOf(cluster), [namesOf(cluster).join(' ')]);
  const faults = useFaults(names);
  const action = useAction();
  const run = useMemo(() => new LiveRun({ ask: send, now: () => performance.now(), sleep }), []);
  const [preset, setPreset] = useState<Preset>(PRESETS[0]);
  const [settings, setSettings] = useState<Settings>(() => ({
    writer: cluster.node,
    readers: names.slice(0, READERS_AT_FIRST),
    perSecond: PER_SECOND,
  }));
  /** Somebody may change them while a bucket is made. */
  const latest = useRef(settings);
  latest.current = settings;
  const [chosen, setChosen] = useState<Chosen | undefined>(undefined);
  const sides = useSides(names, faults.tables);
  useEffect(() => () => run.close(), [run]);

  const paused = stillPaused(faults.pausedUntil, run.now);
  const isCalm = useMedia('(prefers-reduced-motion: reduce)');
  useTicking(TICK_MS[isCalm ? 'calm' : 'moving'], run.isRunning || paused.size > 0);
  const pauses = [...paused.keys()].map((name) => `pause ${name}`);
  const fault = [faultsText(names, faults.tables), ...pauses].filter(Boolean).join('; ');
  useEffect(() => run.setFault(fault), [run, fault]);
  useEffect(() => {
    run.settings = settings;
  }, [run, settings]);

  const give = (after: Tables, done: string) =>
    void action.run(() => faults.give(after).then(() => done));
  const pause = (node: string, ms: number) =>
    void action.run(() =>
      faults.pause(node, ms).then(() => `${node} stands still for ${ms / 1_000} s`),
    );
  const start = (of: Preset) =>
    action.run(async () => {
      // A node that is cut off would not hear of those that are made later.
      const made = isAllWell(faults.tables) ? PRESETS : [of];
      await Promise.all(
        made.map((each) => sendJson(`/buckets/${bucketOf(each)}`, 'PUT', { mode: each.mode })),
      );
      run.start(of, latest.current, runName());
      return '';
    });
  /** What is said of the clients is said of those that run. */
  const choosePreset = (other: Preset) => {
    if (!run.isRunning) setPreset(other);
    else void start(other).then((isStarted) => isStarted && setPreset(other));
  };
  const move = (node: string) =>
    give(cutInto(faults.tables, withNodeMoved(sides, node)), `${node} changed sides`);

  const recent = run.since(run.now - RECENT_MS);
  const replicas = Math.min(names.length, cluster.replicationFactor ?? names.length);
  const { tables } = faults;
  const unreachable = cluster.members.flatMap(({ id, reachable }) => (reachable ? [] : [id]));
  const scene = { names, own: cluster.node, unreachable, sides, tables, paused, replicas };
  const sentences = explain({ ...scene, preset, recent });
  return html`
    <div class="live">
      <section class="card cluster" aria-labelledby="cluster">
        <h2 id="cluster">Cluster</h2>
        <${Toolbar} names=${names} sides=${sides} tables=${tables} isBusy=${action.busy} onGive=${give} />
        <${ClusterDrawing} names=${names} sides=${sides} tables=${tables} notes=${notesOf(names, tables, paused)} chosen=${chosen} onChoose=${setChosen} onMove=${move} />
        ${chosen !== undefined && html`<${ChoiceCard} chosen=${chosen} names=${names} sides=${sides} tables=${tables} own=${cluster.node} isBusy=${action.busy} onGive=${give} onPause=${pause} onClose=${() => setChosen(undefined)} />`}
        <${ActionNote} action=${action} />
      </section>
      <div class="beside">
        <${ClientsCard} names=${names} preset=${preset} settings=${settings} isRunning=${run.isRunning} isBusy=${action.busy} onPreset=${choosePreset} onSettings=${setSettings} onStart=${() => void start(preset)} onStop=${() => run.stop()} />
        <${ExplanationCard} sentences=${sentences} />
      </div>
      <${RunCard} run=${run} names=${names} />
    </div>
  `;
}

interface ToolbarProps {
  readonly names: readonly string[];
  readonly sides: readonly Side[];
  readonly tables: Tables;
  readonly isBusy: boolean;
  readonly onGive: (after: Tables, done: string) => void;
}

const SLOW = { delayMs: 100, loss: 0 };
const LOSSY = { delayMs: 0, loss: 0.2 };

function Toolbar({ names, tables, isBusy, onGive }: ToolbarProps): VNode {
  const half = Math.ceil(names.length / 2);
  const one = () =>
    onGive(cutInto(tables, [names.slice(0, -1), names.slice(-1)]), `${names.at(-1)} is cut off`);
  const halves = () =>
    onGive(cutInto(tables, [names.slice(0, half), names.slice(half)]), 'the cluster is in two');
  return html`
    <div class="row toolbar">
      <button type="button" class="plain" disabled=${isBusy || names.length < 2} onClick=${one}>Cut one off</button>
      ${names.length > 3 && html`<button type="button" class="plain" disabled=${isBusy} onClick=${halves}>Split in two</button>`}
      <button type="button" class="plain" disabled=${isBusy || names.length < 2} onClick=${() => onGive(withAll(tables, names, SLOW), 'all links take 100 ms longer')}>Slow links</button>
      <button type="button" class="plain" disabled=${isBusy || names.length < 2} onClick=${() => onGive(withAll(tables, names, LOSSY), 'all links lose 20 % of their messages')}>Lossy links</button>
      <button type="button" disabled=${isBusy || (isAllWell(tables) && names.every((name) => tables.has(name)))} onClick=${() => onGive(healed(names), 'all is well')}>Heal all</button>
    </div>
  `;
}

/** The main side stays where it was as long as there is one. */
function useSides(names: readonly string[], tables: Tables): readonly Side[] {
  const [before, setBefore] = useState<Side>(names);
  const sides = sidesOf(names, tables, before);
  const main = (sides[0] ?? []).join(' ');
  useEffect(() => setBefore(main.split(' ')), [main]);
  return sides;
}

function namesOf({ members }: ClusterStatus): readonly string[] {
  const byNumber = new Intl.Collator('en', { numeric: true });
  return members.map(({ id }) => id).sort(byNumber.compare);
}

/** By node: milliseconds that it still stands. */
function stillPaused(until: ReadonlyMap<string, number>, now: number): ReadonlyMap<string, number> {
  return new Map(
    [...until].flatMap(([node, end]) => (end > now ? [[node, end - now] as const] : [])),
  );
}

/** What is wrong with a node itself, below it. */
function notesOf(
  names: readonly string[],
  tables: Tables,
  paused: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const notes = new Map<string, string>();
  for (const name of names) {
    const pausedMs = paused.get(name);
    if (tables.get(name)?.disk !== undefined) notes.set(name, 'slow disk');
    if (pausedMs !== undefined) notes.set(name, `paused, ${Math.ceil(pausedMs / 1_000)} s`);
  }
  return notes;
}

/** Keys of one page are not those of another. */
function runName(): string {
  return `run-${Date.now().toString(36)}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
